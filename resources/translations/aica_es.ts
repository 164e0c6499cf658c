<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
  <context>
    <name>AboutPage</name>
    <message>
      <source>AI Coder Assistant</source>
      <translation>AI Coder Assistant</translation>
    </message>
    <message>
      <source>Copy command</source>
      <translation>Copiar comando</translation>
    </message>
    <message>
      <source>Copy path</source>
      <translation>Copiar ruta</translation>
    </message>
    <message>
      <source>Copy path, {folder}</source>
      <translation>Copiar ruta, {folder}</translation>
    </message>
    <message>
      <source>Folders</source>
      <translation>Carpetas</translation>
    </message>
    <message>
      <source>Help</source>
      <translation>Ayuda</translation>
    </message>
    <message>
      <source>In a terminal, “{command}” checks every provider, the key store and the chats step by step.</source>
      <translation>En un terminal, “{command}” revisa paso a paso cada proveedor, el almacén de claves y los chats.</translation>
    </message>
    <message>
      <source>Licences</source>
      <translation>Licencias</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>Abrir</translation>
    </message>
    <message>
      <source>Open the guide</source>
      <translation>Abrir la guía</translation>
    </message>
    <message>
      <source>Open {folder}</source>
      <translation>Abrir {folder}</translation>
    </message>
    <message>
      <source>Show all shortcuts</source>
      <translation>Ver todos los atajos</translation>
    </message>
    <message>
      <source>Under the MIT licence. It stands on the work of others, each under the licence it states:</source>
      <translation>Con licencia MIT. Se apoya en el trabajo de otras personas, cada uno con la licencia que indica:</translation>
    </message>
    <message>
      <source>Version {v}</source>
      <translation>Versión {v}</translation>
    </message>
  </context>
  <context>
    <name>Attachments</name>
    <message>
      <source>Attach files</source>
      <translation>Adjuntar archivos</translation>
    </message>
    <message>
      <source>Attached files</source>
      <translation>Archivos adjuntos</translation>
    </message>
    <message>
      <source>Choose another model</source>
      <translation>Elegir otro modelo</translation>
    </message>
    <message>
      <source>It could not be read. The log has the details.</source>
      <translation>No se pudo leer. El registro tiene los detalles.</translation>
    </message>
    <message>
      <source>Paste as text</source>
      <translation>Pegar como texto</translation>
    </message>
    <message>
      <source>Picture, {w} × {h} pixels</source>
      <translation>Imagen, {w} × {h} píxeles</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Quitar</translation>
    </message>
    <message>
      <source>Remove (Del)</source>
      <translation>Quitar (Supr)</translation>
    </message>
    <message>
      <source>Remove what cannot be sent</source>
      <translation>Quitar lo que no se puede enviar</translation>
    </message>
    <message>
      <source>Remove {name}</source>
      <translation>Quitar {name}</translation>
    </message>
    <message>
      <source>Take the picture out or choose a model with the mark.</source>
      <translation>Quitar la imagen o elegir un modelo con la marca.</translation>
    </message>
    <message>
      <source>Take the pictures out or choose a model with the mark.</source>
      <translation>Quitar las imágenes o elegir un modelo con la marca.</translation>
    </message>
    <message>
      <source>cut within its first line</source>
      <translation>cortado dentro de su primera línea</translation>
    </message>
    <message>
      <source>first {n} of {all} lines</source>
      <translation>primeras {n} de {all} líneas</translation>
    </message>
    <message>
      <source>inlined</source>
      <translation>incluido en el texto</translation>
    </message>
    <message>
      <source>reading</source>
      <translation>leyendo</translation>
    </message>
    <message>
      <source>{n} files cannot be sent: {problem}</source>
      <translation>{n} archivos no se pueden enviar: {problem}</translation>
    </message>
    <message>
      <source>{n} files removed</source>
      <translation>{n} archivos quitados</translation>
    </message>
    <message>
      <source>{n} line</source>
      <translation>{n} línea</translation>
    </message>
    <message>
      <source>{n} lines</source>
      <translation>{n} líneas</translation>
    </message>
    <message>
      <source>{n} tokens</source>
      <translation>{n} tokens</translation>
    </message>
    <message>
      <source>“{name}” cannot be shown.</source>
      <translation>“{name}” no se puede mostrar.</translation>
    </message>
    <message>
      <source>“{name}” removed</source>
      <translation>“{name}” quitado</translation>
    </message>
  </context>
  <context>
    <name>BrokenFileCard</name>
    <message>
      <source>Open the file</source>
      <translation>Abrir el archivo</translation>
    </message>
    <message>
      <source>Use the backup</source>
      <translation>Usar la copia de seguridad</translation>
    </message>
  </context>
  <context>
    <name>Chart</name>
    <message>
      <source>nothing measured</source>
      <translation>nada medido</translation>
    </message>
    <message>
      <source>{when}: {value}</source>
      <translation>{when}: {value}</translation>
    </message>
  </context>
  <context>
    <name>Chat</name>
    <message>
      <source>Loading {model}</source>
      <translation>Cargando {model}</translation>
    </message>
    <message>
      <source>Loading {model}, {n} %</source>
      <translation>Cargando {model}, {n} %</translation>
    </message>
    <message>
      <source>Queued at {server}</source>
      <translation>En cola en {server}</translation>
    </message>
    <message>
      <source>Reading the prompt, {n} %</source>
      <translation>Leyendo el mensaje, {n} %</translation>
    </message>
    <message>
      <source>Reading the prompt, {n} s</source>
      <translation>Leyendo el mensaje, {n} s</translation>
    </message>
    <message>
      <source>Still waiting, {n} s. {server} is working.</source>
      <translation>Sigue la espera, {n} s. {server} está trabajando.</translation>
    </message>
    <message>
      <source>Waiting for the first token</source>
      <translation>Esperando el primer token</translation>
    </message>
    <message>
      <source>Waiting for the first token, {n} s</source>
      <translation>Esperando el primer token, {n} s</translation>
    </message>
  </context>
  <context>
    <name>ChatActs</name>
    <message>
      <source>Archive</source>
      <translation>Archivar</translation>
    </message>
    <message>
      <source>Delete folder</source>
      <translation>Eliminar carpeta</translation>
    </message>
    <message>
      <source>Delete for good…</source>
      <translation>Eliminar definitivamente…</translation>
    </message>
    <message>
      <source>Move to folder</source>
      <translation>Mover a una carpeta</translation>
    </message>
    <message>
      <source>New folder…</source>
      <translation>Nueva carpeta…</translation>
    </message>
    <message>
      <source>No folder</source>
      <translation>Sin carpeta</translation>
    </message>
    <message>
      <source>Pin</source>
      <translation>Fijar</translation>
    </message>
    <message>
      <source>Rename folder…</source>
      <translation>Renombrar carpeta…</translation>
    </message>
    <message>
      <source>Restore</source>
      <translation>Restaurar</translation>
    </message>
    <message>
      <source>Tags…</source>
      <translation>Etiquetas…</translation>
    </message>
    <message>
      <source>Unarchive</source>
      <translation>Desarchivar</translation>
    </message>
    <message>
      <source>Unpin</source>
      <translation>Dejar de fijar</translation>
    </message>
  </context>
  <context>
    <name>ChatFiles</name>
    <message>
      <source>1 chat exported to {path}</source>
      <translation>1 chat exportado a {path}</translation>
    </message>
    <message>
      <source>1 chat imported</source>
      <translation>1 chat importado</translation>
    </message>
    <message>
      <source>1 was already here</source>
      <translation>1 ya estaba aquí</translation>
    </message>
    <message>
      <source>All files (*)</source>
      <translation>Todos los archivos (*)</translation>
    </message>
    <message>
      <source>Another export or import is still running.</source>
      <translation>Todavía hay otra exportación o importación en curso.</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>Exportar</translation>
    </message>
    <message>
      <source>Export all chats</source>
      <translation>Exportar todos los chats</translation>
    </message>
    <message>
      <source>Exporting chats</source>
      <translation>Exportando chats</translation>
    </message>
    <message>
      <source>Exports of chats (*.json)</source>
      <translation>Exportaciones de chats (*.json)</translation>
    </message>
    <message>
      <source>HTML page</source>
      <translation>Página HTML</translation>
    </message>
    <message>
      <source>Import chats</source>
      <translation>Importar chats</translation>
    </message>
    <message>
      <source>Importing chats</source>
      <translation>Importando chats</translation>
    </message>
    <message>
      <source>It broke off. The log has the details.</source>
      <translation>Se interrumpió. El registro tiene los detalles.</translation>
    </message>
    <message>
      <source>JSON, whole, to import again</source>
      <translation>JSON, completo, para importarlo de nuevo</translation>
    </message>
    <message>
      <source>Markdown</source>
      <translation>Markdown</translation>
    </message>
    <message>
      <source>Markdown with the attached files</source>
      <translation>Markdown con los archivos adjuntos</translation>
    </message>
    <message>
      <source>Plain text</source>
      <translation>Texto sin formato</translation>
    </message>
    <message>
      <source>Stopped. No file was written.</source>
      <translation>Detenido. No se escribió ningún archivo.</translation>
    </message>
    <message>
      <source>Stopped. Nothing was imported.</source>
      <translation>Detenido. No se importó nada.</translation>
    </message>
    <message>
      <source>Stopped. What was imported until then is in the trash.</source>
      <translation>Detenido. Lo importado hasta entonces está en la papelera.</translation>
    </message>
    <message>
      <source>The import broke off: {reason}. What was imported until then is in the trash.</source>
      <translation>La importación se interrumpió: {reason}. Lo importado hasta entonces está en la papelera.</translation>
    </message>
    <message>
      <source>{done}. Attached files are named only; “Markdown with the attached files” has them, too.</source>
      <translation>{done}. De los archivos adjuntos solo figura el nombre; “Markdown con los archivos adjuntos” los incluye.</translation>
    </message>
    <message>
      <source>{name} cannot be read: {reason}.</source>
      <translation>{name} no se puede leer: {reason}.</translation>
    </message>
    <message>
      <source>{name} has no ending that says the format: .md, .zip, .json, .html or .txt.</source>
      <translation>{name} no tiene una extensión que indique el formato: .md, .zip, .json, .html o .txt.</translation>
    </message>
    <message>
      <source>{name} was not imported: {reason}. Nothing of it, or of files chosen with it, is in the list.</source>
      <translation>{name} no se importó: {reason}. Nada de él, ni de los archivos elegidos con él, está en la lista.</translation>
    </message>
    <message>
      <source>{n} chats exported to {path}</source>
      <translation>{n} chats exportados a {path}</translation>
    </message>
    <message>
      <source>{n} chats imported</source>
      <translation>{n} chats importados</translation>
    </message>
    <message>
      <source>{n} were already here</source>
      <translation>{n} ya estaban aquí</translation>
    </message>
    <message>
      <source>{path} could not be written: {reason}. Choose another place.</source>
      <translation>{path} no se pudo escribir: {reason}. Elegir otro lugar.</translation>
    </message>
  </context>
  <context>
    <name>ChatFilesSection</name>
    <message>
      <source>An export as JSON is whole and can be imported again. Import reads that, and what ChatGPT, Claude, Open WebUI and LM Studio export. Chats that are here already are left out.</source>
      <translation>Una exportación en JSON está completa y se puede importar de nuevo. La importación la lee, igual que lo que exportan ChatGPT, Claude, Open WebUI y LM Studio. Los chats que ya están aquí se omiten.</translation>
    </message>
    <message>
      <source>Export all chats…</source>
      <translation>Exportar todos los chats…</translation>
    </message>
    <message>
      <source>How far the chats are</source>
      <translation>Avance de los chats</translation>
    </message>
    <message>
      <source>Import chats…</source>
      <translation>Importar chats…</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Detener</translation>
    </message>
    <message>
      <source>Stop the export or import</source>
      <translation>Detener la exportación o importación</translation>
    </message>
    <message>
      <source>{text}, {done} of {total}</source>
      <translation>{text}, {done} de {total}</translation>
    </message>
  </context>
  <context>
    <name>ChatHeader</name>
    <message>
      <source>Chat settings</source>
      <translation>Ajustes del chat</translation>
    </message>
    <message>
      <source>Menu</source>
      <translation>Menú</translation>
    </message>
    <message>
      <source>New chat (Ctrl+N)</source>
      <translation>Nuevo chat (Ctrl+N)</translation>
    </message>
    <message>
      <source>New chat, header</source>
      <translation>Nuevo chat, cabecera</translation>
    </message>
    <message>
      <source>Show conversations</source>
      <translation>Mostrar los chats</translation>
    </message>
    <message>
      <source>Title</source>
      <translation>Título</translation>
    </message>
  </context>
  <context>
    <name>ChatLinks</name>
    <message>
      <source>The chat of this link is not here. It is gone, or on another computer.</source>
      <translation>El chat de este enlace no está aquí. Ya no existe, o está en otro ordenador.</translation>
    </message>
    <message>
      <source>The chat of this link was deleted.</source>
      <translation>El chat de este enlace se eliminó.</translation>
    </message>
    <message>
      <source>The link is copied. Pasted into Ctrl+K, or opened anywhere on this computer, it leads here.</source>
      <translation>El enlace está copiado. Pegado en Ctrl+K, o abierto en cualquier lugar de este ordenador, lleva aquí.</translation>
    </message>
    <message>
      <source>The message of this link is not in the chat any more.</source>
      <translation>El mensaje de este enlace ya no está en el chat.</translation>
    </message>
    <message>
      <source>This link leads to no chat of this program.</source>
      <translation>Este enlace no lleva a ningún chat de este programa.</translation>
    </message>
  </context>
  <context>
    <name>ChatPage</name>
    <message>
      <source>0 repeats itself, 1 varies. Empty: the server decides.</source>
      <translation>0 se repite, 1 varía. Vacío: decide el servidor.</translation>
    </message>
    <message>
      <source>A prompt is typed behind a slash in the message field. A preset is a system prompt and values under a name, for a chat or for every chat with a model.</source>
      <translation>Un texto guardado se escribe tras una barra en el campo del mensaje. Un preajuste es un mensaje del sistema y unos valores con un nombre, para un chat o para todos los chats con un modelo.</translation>
    </message>
    <message>
      <source>Ctrl+Enter (Enter: new line)</source>
      <translation>Ctrl+Intro (Intro: línea nueva)</translation>
    </message>
    <message>
      <source>Enter (Shift+Enter: new line)</source>
      <translation>Intro (Mayús+Intro: línea nueva)</translation>
    </message>
    <message>
      <source>Find parts of words and identifiers</source>
      <translation>Encontrar partes de palabras e identificadores</translation>
    </message>
    <message>
      <source>Finds Handler in requestHandler, and words in text without blanks, such as Chinese. For this a second index is made in the background; it takes about a fifth of the room of the chats.</source>
      <translation>Encuentra Handler en requestHandler, y palabras en textos sin espacios, como los chinos. Para ello se crea un segundo índice en segundo plano; ocupa cerca de una quinta parte de lo que ocupan los chats.</translation>
    </message>
    <message>
      <source>Line numbers</source>
      <translation>Números de línea</translation>
    </message>
    <message>
      <source>Longest answer, in tokens</source>
      <translation>Respuesta más larga, en tokens</translation>
    </message>
    <message>
      <source>Manage presets…</source>
      <translation>Gestionar preajustes…</translation>
    </message>
    <message>
      <source>Manage prompts…</source>
      <translation>Gestionar textos guardados…</translation>
    </message>
    <message>
      <source>New chats</source>
      <translation>Chats nuevos</translation>
    </message>
    <message>
      <source>No limit of ours</source>
      <translation>Sin límite propio</translation>
    </message>
    <message>
      <source>Number the lines of code</source>
      <translation>Numerar las líneas de código</translation>
    </message>
    <message>
      <source>Open a model's thinking by itself</source>
      <translation>Abrir el razonamiento de un modelo sin preguntar</translation>
    </message>
    <message>
      <source>Prompts and presets</source>
      <translation>Textos guardados y preajustes</translation>
    </message>
    <message>
      <source>Reading and writing</source>
      <translation>Leer y escribir</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>Buscar</translation>
    </message>
    <message>
      <source>Send with</source>
      <translation>Enviar con</translation>
    </message>
    <message>
      <source>Sent at the start of every new chat. Empty: nothing is sent.</source>
      <translation>Se envía al principio de cada chat nuevo. Vacío: no se envía nada.</translation>
    </message>
    <message>
      <source>Share of likely words that are considered.</source>
      <translation>Parte de las palabras probables que se tiene en cuenta.</translation>
    </message>
    <message>
      <source>Show thinking</source>
      <translation>Mostrar el razonamiento</translation>
    </message>
    <message>
      <source>System prompt</source>
      <translation>Mensaje del sistema</translation>
    </message>
    <message>
      <source>Temperature</source>
      <translation>Temperatura</translation>
    </message>
    <message>
      <source>The index holds all messages.</source>
      <translation>El índice contiene todos los mensajes.</translation>
    </message>
    <message>
      <source>The server's own</source>
      <translation>Del servidor</translation>
    </message>
    <message>
      <source>Top P</source>
      <translation>Top P</translation>
    </message>
    <message>
      <source>{done} of {total} messages are in the index.</source>
      <translation>{done} de {total} mensajes están en el índice.</translation>
    </message>
  </context>
  <context>
    <name>ChatPane</name>
    <message>
      <source>Explain a file</source>
      <translation>Explicar un archivo</translation>
    </message>
    <message>
      <source>Explain what this file does, part by part:

</source>
      <translation>Explica qué hace este archivo, parte por parte:

</translation>
    </message>
    <message>
      <source>Review a diff</source>
      <translation>Revisar un diff</translation>
    </message>
    <message>
      <source>Review this diff. Name bugs first, then style:

</source>
      <translation>Revisa este diff. Primero los errores, después el estilo:

</translation>
    </message>
    <message>
      <source>Write tests</source>
      <translation>Escribir pruebas</translation>
    </message>
    <message>
      <source>Write tests for this code, edge cases included:

</source>
      <translation>Escribe pruebas para este código, incluidos los casos límite:

</translation>
    </message>
  </context>
  <context>
    <name>ChatSettings</name>
    <message>
      <source>0 repeats itself, 1 varies.</source>
      <translation>0 se repite, 1 varía.</translation>
    </message>
    <message>
      <source>Chat settings</source>
      <translation>Ajustes del chat</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
    <message>
      <source>From Settings, Chat</source>
      <translation>De Ajustes, Chat</translation>
    </message>
    <message>
      <source>From preset “{name}”</source>
      <translation>Del preajuste “{name}”</translation>
    </message>
    <message>
      <source>GPU {n}</source>
      <translation>GPU {n}</translation>
    </message>
    <message>
      <source>Longest answer, in tokens</source>
      <translation>Respuesta más larga, en tokens</translation>
    </message>
    <message>
      <source>Manage presets…</source>
      <translation>Gestionar…</translation>
    </message>
    <message>
      <source>Model's preset: none</source>
      <translation>Del modelo: ninguno</translation>
    </message>
    <message>
      <source>Model's preset: {name}</source>
      <translation>Del modelo: {name}</translation>
    </message>
    <message>
      <source>Name of the preset</source>
      <translation>Nombre del preajuste</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>No preset</source>
      <translation>Sin preajuste</translation>
    </message>
    <message>
      <source>No system prompt is sent.</source>
      <translation>No se envía ningún mensaje del sistema.</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Ninguna</translation>
    </message>
    <message>
      <source>Not sent</source>
      <translation>Sin enviar</translation>
    </message>
    <message>
      <source>Of this chat</source>
      <translation>De este chat</translation>
    </message>
    <message>
      <source>One a line; \n is a line break. They end an answer.</source>
      <translation>Una por línea; \n es un salto de línea. Terminan una respuesta.</translation>
    </message>
    <message>
      <source>Preset</source>
      <translation>Preajuste</translation>
    </message>
    <message>
      <source>Preset “{name}” deleted</source>
      <translation>Preajuste “{name}” eliminado</translation>
    </message>
    <message>
      <source>Preset “{name}” has other values now</source>
      <translation>El preajuste “{name}” tiene ahora otros valores</translation>
    </message>
    <message>
      <source>Preset “{name}” replaced values of this chat</source>
      <translation>El preajuste “{name}” sustituyó valores de este chat</translation>
    </message>
    <message>
      <source>Preset “{name}” saved</source>
      <translation>Preajuste “{name}” guardado</translation>
    </message>
    <message>
      <source>Save as preset…</source>
      <translation>Guardar como preajuste…</translation>
    </message>
    <message>
      <source>Seed</source>
      <translation>Semilla</translation>
    </message>
    <message>
      <source>Share of likely words.</source>
      <translation>Parte de las palabras probables.</translation>
    </message>
    <message>
      <source>Stop sequences</source>
      <translation>Secuencias de parada</translation>
    </message>
    <message>
      <source>System prompt</source>
      <translation>Mensaje del sistema</translation>
    </message>
    <message>
      <source>Temperature</source>
      <translation>Temperatura</translation>
    </message>
    <message>
      <source>The server's own</source>
      <translation>Del servidor</translation>
    </message>
    <message>
      <source>Top P</source>
      <translation>Top P</translation>
    </message>
    <message>
      <source>batch {n}</source>
      <translation>lote {n}</translation>
    </message>
    <message>
      <source>default of {models}</source>
      <translation>predeterminado de {models}</translation>
    </message>
    <message>
      <source>kept {t}</source>
      <translation>se mantiene {t}</translation>
    </message>
    <message>
      <source>load: {what}</source>
      <translation>carga: {what}</translation>
    </message>
    <message>
      <source>system prompt</source>
      <translation>mensaje del sistema</translation>
    </message>
    <message>
      <source>window {n}</source>
      <translation>ventana {n}</translation>
    </message>
    <message>
      <source>{field} reset</source>
      <translation>{field}: valor restablecido</translation>
    </message>
    <message>
      <source>“{name}” is not here any more. Nothing of it is sent.</source>
      <translation>“{name}” ya no está aquí. No se envía nada de él.</translation>
    </message>
    <message>
      <source>≈ {n} tokens, sent with every message</source>
      <translation>≈ {n} tokens, enviados con cada mensaje</translation>
    </message>
  </context>
  <context>
    <name>CheckRows</name>
    <message>
      <source>failed</source>
      <translation>falló</translation>
    </message>
    <message>
      <source>not tried</source>
      <translation>sin probar</translation>
    </message>
    <message>
      <source>ok</source>
      <translation>correcto</translation>
    </message>
  </context>
  <context>
    <name>ClientSettings</name>
    <message>
      <source>Copy settings of the program</source>
      <translation>Copiar los ajustes del programa</translation>
    </message>
    <message>
      <source>Program</source>
      <translation>Programa</translation>
    </message>
    <message>
      <source>Settings of the program</source>
      <translation>Ajustes del programa</translation>
    </message>
  </context>
  <context>
    <name>Compare</name>
    <message>
      <source> Files that went with it are not sent.</source>
      <translation> Los archivos que lo acompañaban no se envían.</translation>
    </message>
    <message>
      <source>A comparison is still running.</source>
      <translation>Todavía hay una comparación en curso.</translation>
    </message>
    <message>
      <source>A tie.</source>
      <translation>Empate.</translation>
    </message>
    <message>
      <source>Add two models or more.</source>
      <translation>Añadir dos modelos o más.</translation>
    </message>
    <message>
      <source>All answers appear together, when the last one is done.</source>
      <translation>Todas las respuestas aparecen a la vez, cuando termina la última.</translation>
    </message>
    <message>
      <source>All bad.</source>
      <translation>Todas mal.</translation>
    </message>
    <message>
      <source>All files (*)</source>
      <translation>Todos los archivos (*)</translation>
    </message>
    <message>
      <source>All {count} prompts asked</source>
      <translation>Los {count} mensajes se preguntaron</translation>
    </message>
    <message>
      <source>Answer {letter}</source>
      <translation>Respuesta {letter}</translation>
    </message>
    <message>
      <source>Answered</source>
      <translation>Respuestas</translation>
    </message>
    <message>
      <source>Answers are being written.</source>
      <translation>Se están escribiendo respuestas.</translation>
    </message>
    <message>
      <source>Ask again</source>
      <translation>Preguntar de nuevo</translation>
    </message>
    <message>
      <source>Asking…</source>
      <translation>Preguntando…</translation>
    </message>
    <message>
      <source>At most four models are compared.</source>
      <translation>Se comparan cuatro modelos como máximo.</translation>
    </message>
    <message>
      <source>Blind</source>
      <translation>A ciegas</translation>
    </message>
    <message>
      <source>Blind, not voted</source>
      <translation>A ciegas, sin voto</translation>
    </message>
    <message>
      <source>Blind, voted</source>
      <translation>A ciegas, con voto</translation>
    </message>
    <message>
      <source>Both bad.</source>
      <translation>Las dos mal.</translation>
    </message>
    <message>
      <source>Comparison deleted</source>
      <translation>Comparación eliminada</translation>
    </message>
    <message>
      <source>Comparisons cannot be saved: {reason}. They are kept in memory.</source>
      <translation>Las comparaciones no se pueden guardar: {reason}. Se conservan en memoria.</translation>
    </message>
    <message>
      <source>Cost</source>
      <translation>Coste</translation>
    </message>
    <message>
      <source>Enter key</source>
      <translation>Introducir clave</translation>
    </message>
    <message>
      <source>Export the answers</source>
      <translation>Exportar las respuestas</translation>
    </message>
    <message>
      <source>Export the comparison</source>
      <translation>Exportar la comparación</translation>
    </message>
    <message>
      <source>Failed</source>
      <translation>Fallos</translation>
    </message>
    <message>
      <source>First token</source>
      <translation>Primer token</translation>
    </message>
    <message>
      <source>From a chat: what stands above the prompt there is not sent.</source>
      <translation>De un chat: lo que está allí encima del mensaje no se envía.</translation>
    </message>
    <message>
      <source>Interrupted</source>
      <translation>Interrumpida</translation>
    </message>
    <message>
      <source>It ended with an unexpected error; the log has the details. What came counts.</source>
      <translation>Terminó con un error inesperado; el registro tiene los detalles. Lo que llegó cuenta.</translation>
    </message>
    <message>
      <source>It runs in the cloud, and takes no memory here.</source>
      <translation>Se ejecuta en la nube y aquí no ocupa memoria.</translation>
    </message>
    <message>
      <source>JSON</source>
      <translation>JSON</translation>
    </message>
    <message>
      <source>JSON Lines (*.jsonl *.json)</source>
      <translation>JSON Lines (*.jsonl *.json)</translation>
    </message>
    <message>
      <source>Markdown</source>
      <translation>Markdown</translation>
    </message>
    <message>
      <source>Memory</source>
      <translation>Memoria</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>Models of one server answer one after the other, since not all are in memory. Order “Together” asks them at once.</source>
      <translation>Los modelos de un mismo servidor responden uno tras otro, porque no todos están en memoria. El orden “A la vez” les pregunta a todos al mismo tiempo.</translation>
    </message>
    <message>
      <source>Names shown</source>
      <translation>Nombres visibles</translation>
    </message>
    <message>
      <source>Names were hidden until your vote.</source>
      <translation>Los nombres estuvieron ocultos hasta el voto.</translation>
    </message>
    <message>
      <source>No models yet. Start a model server, or add a provider in Settings.</source>
      <translation>Aún no hay modelos. Iniciar un servidor de modelos o añadir un proveedor en Ajustes.</translation>
    </message>
    <message>
      <source>Open setting</source>
      <translation>Abrir ajuste</translation>
    </message>
    <message>
      <source>Prompts to ask</source>
      <translation>Mensajes por preguntar</translation>
    </message>
    <message>
      <source>Remove one first.</source>
      <translation>Quitar uno antes.</translation>
    </message>
    <message>
      <source>Simulated: no model is in memory.</source>
      <translation>Simulado: no hay ningún modelo en memoria.</translation>
    </message>
    <message>
      <source>Speed</source>
      <translation>Velocidad</translation>
    </message>
    <message>
      <source>Speed, tokens and cost appear after the vote: they would give the models away.</source>
      <translation>La velocidad, los tokens y el coste aparecen tras el voto: delatarían a los modelos.</translation>
    </message>
    <message>
      <source>Stop it, or wait for it.</source>
      <translation>Detenerlo, o esperar a que termine.</translation>
    </message>
    <message>
      <source>Stopped after {n} of {count} prompts</source>
      <translation>Detenido tras {n} de {count} mensajes</translation>
    </message>
    <message>
      <source>Stopped.</source>
      <translation>Detenido.</translation>
    </message>
    <message>
      <source>Test connection</source>
      <translation>Probar conexión</translation>
    </message>
    <message>
      <source>That comparison is not here any more.</source>
      <translation>Esa comparación ya no está aquí.</translation>
    </message>
    <message>
      <source>The answer is empty.</source>
      <translation>La respuesta está vacía.</translation>
    </message>
    <message>
      <source>The app closed while this was being written. What arrived is saved.</source>
      <translation>La aplicación se cerró mientras esto se escribía. Lo que llegó está guardado.</translation>
    </message>
    <message>
      <source>The models of this computer answer one after the other, since not all sizes are known. Order “Together” asks them at once.</source>
      <translation>Los modelos de este ordenador responden uno tras otro, porque no se conocen todos los tamaños. El orden “A la vez” les pregunta a todos al mismo tiempo.</translation>
    </message>
    <message>
      <source>The models of this computer answer one after the other, since they would not fit into free memory together. Order “Together” asks them at once.</source>
      <translation>Los modelos de este ordenador responden uno tras otro, porque juntos no cabrían en la memoria libre. El orden “A la vez” les pregunta a todos al mismo tiempo.</translation>
    </message>
    <message>
      <source>The models of this computer answer one after the other.</source>
      <translation>Los modelos de este ordenador responden uno tras otro.</translation>
    </message>
    <message>
      <source>This answer failed.</source>
      <translation>Esta respuesta falló.</translation>
    </message>
    <message>
      <source>Tokens out</source>
      <translation>Tokens de salida</translation>
    </message>
    <message>
      <source>Total</source>
      <translation>Total</translation>
    </message>
    <message>
      <source>Waits for its turn</source>
      <translation>Espera su turno</translation>
    </message>
    <message>
      <source>What went wrong is shown after the vote.</source>
      <translation>Lo que salió mal se muestra tras el voto.</translation>
    </message>
    <message>
      <source>Which answer is better?</source>
      <translation>¿Qué respuesta es mejor?</translation>
    </message>
    <message>
      <source>Write a prompt.</source>
      <translation>Escribir un mensaje.</translation>
    </message>
    <message>
      <source>You preferred {letter}.</source>
      <translation>Preferencia: {letter}.</translation>
    </message>
    <message>
      <source>Your other votes: {votes}</source>
      <translation>Otros votos: {votes}</translation>
    </message>
    <message>
      <source>Your votes on code: {votes}</source>
      <translation>Votos sobre código: {votes}</translation>
    </message>
    <message>
      <source>free</source>
      <translation>gratis</translation>
    </message>
    <message>
      <source>name hidden until you vote</source>
      <translation>nombre oculto hasta el voto</translation>
    </message>
    <message>
      <source>ties {n}</source>
      <translation>empates {n}</translation>
    </message>
    <message>
      <source>unknown</source>
      <translation>se desconoce</translation>
    </message>
    <message>
      <source>{names} not sent</source>
      <translation>{names} sin enviar</translation>
    </message>
    <message>
      <source>{name}, simulated</source>
      <translation>{name}, simulado</translation>
    </message>
    <message>
      <source>{n} of {count} prompts asked</source>
      <translation>{n} de {count} mensajes preguntados</translation>
    </message>
    <message>
      <source>{path} could not be written: {reason}.</source>
      <translation>{path} no se pudo escribir: {reason}.</translation>
    </message>
    <message>
      <source>{server} did not tell what the model takes of memory.</source>
      <translation>{server} no indicó cuánta memoria ocupa el modelo.</translation>
    </message>
  </context>
  <context>
    <name>CompareColumn</name>
    <message>
      <source>Answer {letter}</source>
      <translation>Respuesta {letter}</translation>
    </message>
    <message>
      <source>Continue with {letter}</source>
      <translation>Continuar con {letter}</translation>
    </message>
    <message>
      <source>Copy answer {letter}</source>
      <translation>Copiar respuesta {letter}</translation>
    </message>
    <message>
      <source>Simulated</source>
      <translation>Simulado</translation>
    </message>
    <message>
      <source>Stop {letter}</source>
      <translation>Detener {letter}</translation>
    </message>
    <message>
      <source>Your choice</source>
      <translation>Respuesta elegida</translation>
    </message>
  </context>
  <context>
    <name>ComparePane</name>
    <message>
      <source>Add another model</source>
      <translation>Añadir otro modelo</translation>
    </message>
    <message>
      <source>Close Compare</source>
      <translation>Cerrar Comparar</translation>
    </message>
    <message>
      <source>Compare</source>
      <translation>Comparar</translation>
    </message>
    <message>
      <source>Compare texts</source>
      <translation>Comparar textos</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>Exportar</translation>
    </message>
    <message>
      <source>New comparison</source>
      <translation>Nueva comparación</translation>
    </message>
    <message>
      <source>Prompt that was asked</source>
      <translation>Mensaje que se preguntó</translation>
    </message>
    <message>
      <source>Show conversations, Compare</source>
      <translation>Mostrar los chats, Comparar</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>Iniciar</translation>
    </message>
  </context>
  <context>
    <name>Composer</name>
    <message>
      <source>Attach</source>
      <translation>Adjuntar</translation>
    </message>
    <message>
      <source>Attach files</source>
      <translation>Adjuntar archivos</translation>
    </message>
    <message>
      <source>Drop to attach</source>
      <translation>Soltar para adjuntar</translation>
    </message>
    <message>
      <source>Message</source>
      <translation>Mensaje</translation>
    </message>
    <message>
      <source>Send</source>
      <translation>Enviar</translation>
    </message>
    <message>
      <source>Send (Enter)</source>
      <translation>Enviar (Intro)</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Detener</translation>
    </message>
    <message>
      <source>Stop (Esc)</source>
      <translation>Detener (Esc)</translation>
    </message>
  </context>
  <context>
    <name>Composing</name>
    <message>
      <source>An answer is being written. Stop it first, then send the edited message.</source>
      <translation>Se está escribiendo una respuesta. Primero hay que detenerla; después, enviar el mensaje editado.</translation>
    </message>
    <message>
      <source>Cancel edit</source>
      <translation>Cancelar edición</translation>
    </message>
    <message>
      <source>Edit cancelled</source>
      <translation>Edición cancelada</translation>
    </message>
    <message>
      <source>Editing an earlier message. Sending makes a new version; the old one stays.</source>
      <translation>Se edita un mensaje anterior. Al enviarlo se crea una versión nueva; la antigua se conserva.</translation>
    </message>
    <message>
      <source>Still starting. Your message is kept; send it again in a moment.</source>
      <translation>Todavía se está iniciando. El mensaje se conserva; enviarlo de nuevo en un momento.</translation>
    </message>
  </context>
  <context>
    <name>Conversations</name>
    <message>
      <source>1 chat</source>
      <translation>1 chat</translation>
    </message>
    <message>
      <source>1 day left</source>
      <translation>Queda 1 día</translation>
    </message>
    <message>
      <source>Archived</source>
      <translation>Archivados</translation>
    </message>
    <message>
      <source>Chats</source>
      <translation>Chats</translation>
    </message>
    <message>
      <source>Draft: {text}</source>
      <translation>Borrador: {text}</translation>
    </message>
    <message>
      <source>Messages</source>
      <translation>Mensajes</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>Older chats: search for them</source>
      <translation>Para los chats más antiguos, usar la búsqueda</translation>
    </message>
    <message>
      <source>Pinned</source>
      <translation>Fijados</translation>
    </message>
    <message>
      <source>Previous 30 days</source>
      <translation>Últimos 30 días</translation>
    </message>
    <message>
      <source>Previous 7 days</source>
      <translation>Últimos 7 días</translation>
    </message>
    <message>
      <source>Today</source>
      <translation>Hoy</translation>
    </message>
    <message>
      <source>Trash</source>
      <translation>Papelera</translation>
    </message>
    <message>
      <source>Untitled</source>
      <translation>Sin título</translation>
    </message>
    <message>
      <source>Yesterday</source>
      <translation>Ayer</translation>
    </message>
    <message>
      <source>You:</source>
      <translation>Tú:</translation>
    </message>
    <message>
      <source>answering</source>
      <translation>respondiendo</translation>
    </message>
    <message>
      <source>archived</source>
      <translation>archivado</translation>
    </message>
    <message>
      <source>folded</source>
      <translation>plegado</translation>
    </message>
    <message>
      <source>folder</source>
      <translation>carpeta</translation>
    </message>
    <message>
      <source>group</source>
      <translation>grupo</translation>
    </message>
    <message>
      <source>in folder {name}</source>
      <translation>en la carpeta {name}</translation>
    </message>
    <message>
      <source>open</source>
      <translation>abierto</translation>
    </message>
    <message>
      <source>pinned</source>
      <translation>fijado</translation>
    </message>
    <message>
      <source>tags: {tags}</source>
      <translation>etiquetas: {tags}</translation>
    </message>
    <message>
      <source>unread</source>
      <translation>sin leer</translation>
    </message>
    <message>
      <source>{n} chats</source>
      <translation>{n} chats</translation>
    </message>
    <message>
      <source>{n} days left</source>
      <translation>Quedan {n} días</translation>
    </message>
    <message>
      <source>{title}, group</source>
      <translation>{title}, grupo</translation>
    </message>
  </context>
  <context>
    <name>ConversationsController</name>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>No conversations yet.</source>
      <translation>Aún no hay chats.</translation>
    </message>
    <message>
      <source>Nothing found for “{q}” in the newest messages that match.</source>
      <translation>Nada encontrado para “{q}” en los mensajes más recientes que coinciden.</translation>
    </message>
    <message>
      <source>Nothing found for “{q}”.</source>
      <translation>Nada encontrado para “{q}”.</translation>
    </message>
    <message>
      <source>The trash is empty. Deleted chats stay here for 30 days.</source>
      <translation>La papelera está vacía. Los chats eliminados se quedan aquí 30 días.</translation>
    </message>
    <message>
      <source>{n} chats deleted</source>
      <translation>{n} chats eliminados</translation>
    </message>
    <message>
      <source>“{title}” deleted</source>
      <translation>“{title}” eliminado</translation>
    </message>
  </context>
  <context>
    <name>CopyButton</name>
    <message>
      <source>Copied</source>
      <translation>Copiado</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>Copiar</translation>
    </message>
  </context>
  <context>
    <name>Core</name>
    <message>
      <source> (or set {key_environment})</source>
      <translation> (o definir {key_environment})</translation>
    </message>
    <message>
      <source> A server of your own network needs no proxy.</source>
      <translation> Un servidor de la red propia no necesita proxy.</translation>
    </message>
    <message>
      <source> It asks for {wait_seconds:.0f} s.</source>
      <translation> Pide {wait_seconds:.0f} s.</translation>
    </message>
    <message>
      <source> It said: “{reason}”</source>
      <translation> Dijo: “{reason}”</translation>
    </message>
    <message>
      <source> New in its list: {keys}.</source>
      <translation> Nuevos en su lista: {keys}.</translation>
    </message>
    <message>
      <source> Then use {addresses}.</source>
      <translation> Usar entonces {addresses}.</translation>
    </message>
    <message>
      <source> What arrived is kept.</source>
      <translation> Lo que llegó se conserva.</translation>
    </message>
    <message>
      <source> lms said: “{said}”</source>
      <translation> lms dijo: “{said}”</translation>
    </message>
    <message>
      <source>, not measured yet</source>
      <translation>, aún sin medir</translation>
    </message>
    <message>
      <source>/{name} is a command of the chat in the terminal.</source>
      <translation>/{name} es una orden del chat en el terminal.</translation>
    </message>
    <message>
      <source>1 chat model</source>
      <translation>1 modelo de chat</translation>
    </message>
    <message>
      <source>A file of this message is no longer there.</source>
      <translation>Un archivo de este mensaje ya no está.</translation>
    </message>
    <message>
      <source>A folder needs a name.</source>
      <translation>Una carpeta necesita un nombre.</translation>
    </message>
    <message>
      <source>A folder “{name}” is there already.</source>
      <translation>Ya hay una carpeta “{name}”.</translation>
    </message>
    <message>
      <source>A gateway answers there, but {name} behind it does not.</source>
      <translation>Allí responde una pasarela, pero {name} detrás de ella no.</translation>
    </message>
    <message>
      <source>A key is one line of letters, digits and signs.</source>
      <translation>Una clave es una línea de letras, cifras y signos.</translation>
    </message>
    <message>
      <source>A larger first_token_timeout waits longer.</source>
      <translation>Un first_token_timeout mayor espera más.</translation>
    </message>
    <message>
      <source>A line is a JSON string, or an object as {"prompt": "…", "system": "…", "id": "…"}.</source>
      <translation>Una línea es una cadena JSON, o un objeto como {"prompt": "…", "system": "…", "id": "…"}.</translation>
    </message>
    <message>
      <source>A list in its head is longer than the file: it is damaged or cut off.</source>
      <translation>Una lista de su cabecera es más larga que el archivo: está dañado o cortado.</translation>
    </message>
    <message>
      <source>A login page stands in front of {host}.</source>
      <translation>Delante de {host} hay una página de inicio de sesión.</translation>
    </message>
    <message>
      <source>A model that this command loads would be gone when the command ends.</source>
      <translation>Un modelo que carga esta orden se iría al terminar la orden.</translation>
    </message>
    <message>
      <source>A name contains a NUL character.</source>
      <translation>Un nombre contiene un carácter NUL.</translation>
    </message>
    <message>
      <source>A name in its head is beyond all measure: it is damaged.</source>
      <translation>Un nombre de su cabecera pasa de toda medida: está dañado.</translation>
    </message>
    <message>
      <source>A newer version may, or the address may be wrong.</source>
      <translation>Quizá una versión más nueva sí, o la dirección no es correcta.</translation>
    </message>
    <message>
      <source>A prompt takes at most {most} files.</source>
      <translation>Un mensaje admite como máximo {most} archivos.</translation>
    </message>
    <message>
      <source>A server answers there, but it has no list of models at {url}/models.</source>
      <translation>Allí responde un servidor, pero no tiene lista de modelos en {url}/models.</translation>
    </message>
    <message>
      <source>A server answers there, but it is not {wanted}.</source>
      <translation>Allí responde un servidor, pero no es {wanted}.</translation>
    </message>
    <message>
      <source>A server of that kind</source>
      <translation>Un servidor de ese tipo</translation>
    </message>
    <message>
      <source>A setting is not valid: API key.</source>
      <translation>Un ajuste no es válido: clave de API.</translation>
    </message>
    <message>
      <source>A setting is not valid: server address.</source>
      <translation>Un ajuste no es válido: dirección del servidor.</translation>
    </message>
    <message>
      <source>A setting is not valid: {field!r}.</source>
      <translation>Un ajuste no es válido: {field!r}.</translation>
    </message>
    <message>
      <source>A setting is not valid: {setting}.</source>
      <translation>Un ajuste no es válido: {setting}.</translation>
    </message>
    <message>
      <source>A tag has at most {most} characters.</source>
      <translation>Una etiqueta tiene como máximo {most} caracteres.</translation>
    </message>
    <message>
      <source>A tag needs a word.</source>
      <translation>Una etiqueta necesita una palabra.</translation>
    </message>
    <message>
      <source>A tensor has more dimensions than there are: it is damaged.</source>
      <translation>Un tensor tiene más dimensiones de las que existen: está dañado.</translation>
    </message>
    <message>
      <source>A value in its head is of no known kind: it is damaged.</source>
      <translation>Un valor de su cabecera no es de ningún tipo conocido: está dañado.</translation>
    </message>
    <message>
      <source>A web page</source>
      <translation>Una página web</translation>
    </message>
    <message>
      <source>A web page answers there (“{name}”), not {wanted}.</source>
      <translation>Allí responde una página web (“{name}”), no {wanted}.</translation>
    </message>
    <message>
      <source>AI Coder Assistant's gateway</source>
      <translation>Pasarela de AI Coder Assistant</translation>
    </message>
    <message>
      <source>Accepts connections</source>
      <translation>Acepta conexiones</translation>
    </message>
    <message>
      <source>Add it again, or ask another model.</source>
      <translation>Añadirlo otra vez, o preguntar a otro modelo.</translation>
    </message>
    <message>
      <source>Allow more tokens (max_tokens), or ask for less.</source>
      <translation>Permitir más tokens (max_tokens), o pedir menos.</translation>
    </message>
    <message>
      <source>An answer is still being written in this chat.</source>
      <translation>En este chat todavía se está escribiendo una respuesta.</translation>
    </message>
    <message>
      <source>An option after the ? is not known to PostgreSQL.</source>
      <translation>PostgreSQL no conoce una opción que sigue al signo ?.</translation>
    </message>
    <message>
      <source>Another OpenAI-compatible server</source>
      <translation>Otro servidor compatible con OpenAI</translation>
    </message>
    <message>
      <source>Another program may hold the file.</source>
      <translation>Quizá otro programa retiene el archivo.</translation>
    </message>
    <message>
      <source>Another program uses this port, or the address begins with the wrong one of http and https.</source>
      <translation>Otro programa usa este puerto, o la dirección empieza con el que no es de http y https.</translation>
    </message>
    <message>
      <source>Another program uses this port. Check the address.</source>
      <translation>Otro programa usa este puerto. Comprobar la dirección.</translation>
    </message>
    <message>
      <source>Another window or command of this program does it. Wait for it, or stop it there.</source>
      <translation>Lo hace otra ventana u orden de este programa. Esperar a que termine, o detenerla allí.</translation>
    </message>
    <message>
      <source>Answers HTTP, status {status}</source>
      <translation>Responde HTTP, estado {status}</translation>
    </message>
    <message>
      <source>Answers as {name}</source>
      <translation>Responde como {name}</translation>
    </message>
    <message>
      <source>Arabic</source>
      <translation>árabe</translation>
    </message>
    <message>
      <source>Asked for {asked:,} tokens of context, it got {got:,}.</source>
      <translation>Se pidieron {asked:,} tokens de contexto, obtuvo {got:,}.</translation>
    </message>
    <message>
      <source>Asks for a key</source>
      <translation>Pide una clave</translation>
    </message>
    <message>
      <source>At most {most:,} characters.</source>
      <translation>Como máximo {most:,} caracteres.</translation>
    </message>
    <message>
      <source>At most {most} stop sequences of at most {longest_stop} characters.</source>
      <translation>Como máximo {most} secuencias de parada de {longest_stop} caracteres como máximo.</translation>
    </message>
    <message>
      <source>Attach it again.</source>
      <translation>Adjuntarlo otra vez.</translation>
    </message>
    <message>
      <source>Auto found no model for this message.</source>
      <translation>Auto no encontró ningún modelo para este mensaje.</translation>
    </message>
    <message>
      <source>Auto may not use the cloud</source>
      <translation>Auto no puede usar la nube</translation>
    </message>
    <message>
      <source>Auto may not use the cloud. {way_out}</source>
      <translation>Auto no puede usar la nube. {way_out}</translation>
    </message>
    <message>
      <source>Both mean this computer.</source>
      <translation>Ambas son este ordenador.</translation>
    </message>
    <message>
      <source>Built-in engine</source>
      <translation>Motor integrado</translation>
    </message>
    <message>
      <source>Call set_current_model or set default_model.</source>
      <translation>Llamar a set_current_model o definir default_model.</translation>
    </message>
    <message>
      <source>Cancel some of them.</source>
      <translation>Cancelar algunas.</translation>
    </message>
    <message>
      <source>Certificate expired</source>
      <translation>Certificado caducado</translation>
    </message>
    <message>
      <source>Certificate not valid yet</source>
      <translation>Certificado aún no válido</translation>
    </message>
    <message>
      <source>Certificate of another name</source>
      <translation>Certificado de otro nombre</translation>
    </message>
    <message>
      <source>Check MODEL_NAME.</source>
      <translation>Comprobar MODEL_NAME.</translation>
    </message>
    <message>
      <source>Check the address and the network.</source>
      <translation>Comprobar la dirección y la red.</translation>
    </message>
    <message>
      <source>Check the address.</source>
      <translation>Comprobar la dirección.</translation>
    </message>
    <message>
      <source>Check the installation at {parent}.</source>
      <translation>Comprobar la instalación en {parent}.</translation>
    </message>
    <message>
      <source>Check the name of the model.</source>
      <translation>Comprobar el nombre del modelo.</translation>
    </message>
    <message>
      <source>Check the path after --config.</source>
      <translation>Comprobar la ruta que sigue a --config.</translation>
    </message>
    <message>
      <source>Check the setting network.hub_url.</source>
      <translation>Comprobar el ajuste network.hub_url.</translation>
    </message>
    <message>
      <source>Check the spelling, or use the server's IP address.</source>
      <translation>Comprobar cómo se escribe, o usar la dirección IP del servidor.</translation>
    </message>
    <message>
      <source>Check the spelling.</source>
      <translation>Comprobar cómo se escribe.</translation>
    </message>
    <message>
      <source>Check the spelling: user/repo.</source>
      <translation>Comprobar cómo se escribe: user/repo.</translation>
    </message>
    <message>
      <source>Check {variable} and that PostgreSQL runs there.</source>
      <translation>Comprobar {variable} y que PostgreSQL esté en marcha allí.</translation>
    </message>
    <message>
      <source>Chinese</source>
      <translation>chino</translation>
    </message>
    <message>
      <source>Choose a model yourself, or allow it: Settings, General, Auto may use the cloud.</source>
      <translation>Elegir un modelo a mano, o permitirlo: Ajustes, General, Auto puede usar la nube.</translation>
    </message>
    <message>
      <source>Choose a model yourself.</source>
      <translation>Elegir un modelo a mano.</translation>
    </message>
    <message>
      <source>Choose a system prompt or a value first.</source>
      <translation>Elegir antes un mensaje de sistema o un valor.</translation>
    </message>
    <message>
      <source>Choose another name, or revoke it.</source>
      <translation>Elegir otro nombre, o revocarlo.</translation>
    </message>
    <message>
      <source>Choose another port.</source>
      <translation>Elegir otro puerto.</translation>
    </message>
    <message>
      <source>Close other programs and try again, or use a server on another computer.</source>
      <translation>Cerrar otros programas y probar otra vez, o usar un servidor de otro ordenador.</translation>
    </message>
    <message>
      <source>Closed</source>
      <translation>Cerrado</translation>
    </message>
    <message>
      <source>Correct it, or go back to the library: {command}</source>
      <translation>Corregirlo, o volver a la biblioteca: {command}</translation>
    </message>
    <message>
      <source>Delete it there.</source>
      <translation>Eliminarlo allí.</translation>
    </message>
    <message>
      <source>Delete some first.</source>
      <translation>Eliminar antes algunos.</translation>
    </message>
    <message>
      <source>Download a chat model there, then test again.</source>
      <translation>Descargar allí un modelo de chat y probar otra vez.</translation>
    </message>
    <message>
      <source>Download it in LM Studio or check MODEL_NAME.</source>
      <translation>Descargarlo en LM Studio o comprobar MODEL_NAME.</translation>
    </message>
    <message>
      <source>Download one there, then try again.</source>
      <translation>Descargar uno allí y probar otra vez.</translation>
    </message>
    <message>
      <source>Dutch</source>
      <translation>neerlandés</translation>
    </message>
    <message>
      <source>English</source>
      <translation>inglés</translation>
    </message>
    <message>
      <source>Enter it again.</source>
      <translation>Ponerla otra vez.</translation>
    </message>
    <message>
      <source>Enter it in Settings, Providers, or run: {command}</source>
      <translation>Ponerla en Ajustes, Proveedores, o ejecutar: {command}</translation>
    </message>
    <message>
      <source>Enter its API token (LM Studio: Developer, Server Settings, Manage Tokens).</source>
      <translation>Poner su token de API (LM Studio: Developer, Server Settings, Manage Tokens).</translation>
    </message>
    <message>
      <source>Enter one in Settings, Providers, or run: {command}</source>
      <translation>Poner una en Ajustes, Proveedores, o ejecutar: {command}</translation>
    </message>
    <message>
      <source>Enter this address for {name}, and {wanted}'s own here.</source>
      <translation>Poner esta dirección en {name}, y aquí la de {wanted}.</translation>
    </message>
    <message>
      <source>Extra inputs are not permitted</source>
      <translation>No se admiten más campos</translation>
    </message>
    <message>
      <source>Field required</source>
      <translation>Falta el campo</translation>
    </message>
    <message>
      <source>For a graphics card: provider_configurations.embedded.executable names your own llama-server.</source>
      <translation>Para una tarjeta gráfica: provider_configurations.embedded.executable indica un llama-server propio.</translation>
    </message>
    <message>
      <source>For a server of your own, set {field}.type to openai_compatible first.</source>
      <translation>Para un servidor propio, poner antes {field}.type en openai_compatible.</translation>
    </message>
    <message>
      <source>French</source>
      <translation>francés</translation>
    </message>
    <message>
      <source>GPU share</source>
      <translation>parte de la GPU</translation>
    </message>
    <message>
      <source>GPU: off, max or 0 to 1; tokens and seconds above zero, ten years at most.</source>
      <translation>GPU: off, max o de 0 a 1; tokens y segundos por encima de cero, diez años como máximo.</translation>
    </message>
    <message>
      <source>German</source>
      <translation>alemán</translation>
    </message>
    <message>
      <source>Give the prompt another name.</source>
      <translation>Dar otro nombre al texto.</translation>
    </message>
    <message>
      <source>Gone</source>
      <translation>Desapareció</translation>
    </message>
    <message>
      <source>Greek</source>
      <translation>griego</translation>
    </message>
    <message>
      <source>Hebrew</source>
      <translation>hebreo</translation>
    </message>
    <message>
      <source>Hindi</source>
      <translation>hindi</translation>
    </message>
    <message>
      <source>If it is your company's or your own, name the authority's certificate file as one to trust.</source>
      <translation>Si es de la empresa o propia, indicar el archivo de certificado de la autoridad como de confianza.</translation>
    </message>
    <message>
      <source>In a program:</source>
      <translation>En un programa:</translation>
    </message>
    <message>
      <source>In a terminal:</source>
      <translation>En un terminal:</translation>
    </message>
    <message>
      <source>In extra-openai-models.yaml beside its logs (llm logs path); the token by “llm keys set aica”:</source>
      <translation>En extra-openai-models.yaml, junto a sus registros (llm logs path); el token con “llm keys set aica”:</translation>
    </message>
    <message>
      <source>In settings.json; the token goes into its panel for providers, or AI_CODER_ASSISTANT_API_KEY:</source>
      <translation>En settings.json; el token va en su panel de proveedores, o en AI_CODER_ASSISTANT_API_KEY:</translation>
    </message>
    <message>
      <source>In the terminal that starts it:</source>
      <translation>En el terminal que lo arranca:</translation>
    </message>
    <message>
      <source>In ~/.codex/config.toml; the token goes into the environment variable GATEWAY_TOKEN:</source>
      <translation>En ~/.codex/config.toml; el token va en la variable de entorno GATEWAY_TOKEN:</translation>
    </message>
    <message>
      <source>In ~/.continue/config.yaml:</source>
      <translation>En ~/.continue/config.yaml:</translation>
    </message>
    <message>
      <source>Input should be a finite number</source>
      <translation>Tiene que ser un número finito</translation>
    </message>
    <message>
      <source>Input should be a valid boolean</source>
      <translation>Tiene que ser sí o no (true o false)</translation>
    </message>
    <message>
      <source>Input should be a valid boolean, unable to interpret input</source>
      <translation>Tiene que ser sí o no (true o false), y no se entiende</translation>
    </message>
    <message>
      <source>Input should be a valid dictionary</source>
      <translation>Tiene que ser un diccionario</translation>
    </message>
    <message>
      <source>Input should be a valid dictionary or instance of {kind}</source>
      <translation>Tiene que ser un diccionario o {kind}</translation>
    </message>
    <message>
      <source>Input should be a valid integer</source>
      <translation>Tiene que ser un número entero</translation>
    </message>
    <message>
      <source>Input should be a valid integer, got a number with a fractional part</source>
      <translation>Tiene que ser un número entero, y tiene decimales</translation>
    </message>
    <message>
      <source>Input should be a valid integer, unable to parse string as an integer</source>
      <translation>Tiene que ser un número entero, y el texto no se puede leer como tal</translation>
    </message>
    <message>
      <source>Input should be a valid list</source>
      <translation>Tiene que ser una lista</translation>
    </message>
    <message>
      <source>Input should be a valid number</source>
      <translation>Tiene que ser un número</translation>
    </message>
    <message>
      <source>Input should be a valid number, unable to parse string as a number</source>
      <translation>Tiene que ser un número, y el texto no se puede leer como tal</translation>
    </message>
    <message>
      <source>Input should be a valid string</source>
      <translation>Tiene que ser un texto</translation>
    </message>
    <message>
      <source>Input should be a valid tuple</source>
      <translation>Tiene que ser una tupla</translation>
    </message>
    <message>
      <source>Input should be an object</source>
      <translation>Tiene que ser un objeto</translation>
    </message>
    <message>
      <source>Input should be greater than or equal to {least}</source>
      <translation>Tiene que ser mayor o igual que {least}</translation>
    </message>
    <message>
      <source>Input should be greater than {limit}</source>
      <translation>Tiene que ser mayor que {limit}</translation>
    </message>
    <message>
      <source>Input should be less than or equal to {most}</source>
      <translation>Tiene que ser menor o igual que {most}</translation>
    </message>
    <message>
      <source>Input should be less than {limit}</source>
      <translation>Tiene que ser menor que {limit}</translation>
    </message>
    <message>
      <source>Input should be {choices}</source>
      <translation>Tiene que ser {choices}</translation>
    </message>
    <message>
      <source>Insert one with id 1, version 0.</source>
      <translation>Insertar una con id 1, version 0.</translation>
    </message>
    <message>
      <source>Install it with: pip install xllamacpp (or install this program with its extra: ai-coder-assistant[embedded]). Or name your own llama-server: {command}</source>
      <translation>Instalarlo con: pip install xllamacpp (o instalar este programa con su extra: ai-coder-assistant[embedded]). O indicar un llama-server propio: {command}</translation>
    </message>
    <message>
      <source>Install the program from its sources, with the extra: ai-coder-assistant[cluster].</source>
      <translation>Instalar el programa desde su código fuente, con el extra: ai-coder-assistant[cluster].</translation>
    </message>
    <message>
      <source>Interrupted.</source>
      <translation>Interrumpida.</translation>
    </message>
    <message>
      <source>Is another program on this port?</source>
      <translation>¿Hay otro programa en este puerto?</translation>
    </message>
    <message>
      <source>It accepted the request but sent nothing. Large prompts can take minutes on local models.</source>
      <translation>Aceptó la petición pero no envió nada. Con modelos locales, los mensajes grandes pueden tardar minutos.</translation>
    </message>
    <message>
      <source>It accepted the request but was too slow.</source>
      <translation>Aceptó la petición pero fue demasiado lento.</translation>
    </message>
    <message>
      <source>It answered 403. Ask for the right of listing models, or enter another key.</source>
      <translation>Respondió 403. Pedir el derecho de listar modelos, o poner otra clave.</translation>
    </message>
    <message>
      <source>It answered 403. It allows only some computers or names, or it wants a key.</source>
      <translation>Respondió 403. Solo permite algunos ordenadores o nombres, o quiere una clave.</translation>
    </message>
    <message>
      <source>It answered 503. Wait a little, then test again.</source>
      <translation>Respondió 503. Esperar un poco y probar otra vez.</translation>
    </message>
    <message>
      <source>It answered {status}</source>
      <translation>Respondió {status}</translation>
    </message>
    <message>
      <source>It answered {status}, and no key was sent.</source>
      <translation>Respondió {status}, y no se envió ninguna clave.</translation>
    </message>
    <message>
      <source>It answered {status}.</source>
      <translation>Respondió {status}.</translation>
    </message>
    <message>
      <source>It answered {status}. Enter a new key; the old one is kept until then.</source>
      <translation>Respondió {status}. Poner una clave nueva; la anterior se conserva hasta entonces.</translation>
    </message>
    <message>
      <source>It answered {status}. Start the server behind it, or use the server's own address.</source>
      <translation>Respondió {status}. Iniciar el servidor que hay detrás, o usar la dirección propia del servidor.</translation>
    </message>
    <message>
      <source>It answers {status} before {name} can say what it is, and no key is sent until then. Use the server's own address, or enter this one as an OpenAI-compatible server with its key.</source>
      <translation>Responde {status} antes de que {name} pueda decir qué es, y hasta entonces no se envía ninguna clave. Usar la dirección propia del servidor, o poner esta como servidor compatible con OpenAI con su clave.</translation>
    </message>
    <message>
      <source>It asks to wait {wait_seconds:.0f} s.</source>
      <translation>Pide esperar {wait_seconds:.0f} s.</translation>
    </message>
    <message>
      <source>It begins anew.</source>
      <translation>Empieza de nuevo.</translation>
    </message>
    <message>
      <source>It can be copied, but not asked for again.</source>
      <translation>Se puede copiar, pero no volver a pedir.</translation>
    </message>
    <message>
      <source>It can be used as a server of its own beside the others.</source>
      <translation>Se puede usar como servidor propio junto a los demás.</translation>
    </message>
    <message>
      <source>It cannot be used: {reason}. </source>
      <translation>No se puede usar: {reason}. </translation>
    </message>
    <message>
      <source>It comes from the environment or the command line: change it there.</source>
      <translation>Viene del entorno o de la línea de órdenes: cambiarlo allí.</translation>
    </message>
    <message>
      <source>It computes on the processor; for a graphics card name your own llama-server.</source>
      <translation>Calcula en el procesador; para una tarjeta gráfica, indicar un llama-server propio.</translation>
    </message>
    <message>
      <source>It could not be loaded as it was before either, and is not in memory now.</source>
      <translation>Tampoco se pudo cargar como estaba antes, y ahora no está en la memoria.</translation>
    </message>
    <message>
      <source>It could not be started.{said}</source>
      <translation>No se pudo iniciar.{said}</translation>
    </message>
    <message>
      <source>It did not answer in time.</source>
      <translation>No respondió a tiempo.</translation>
    </message>
    <message>
      <source>It does not say what kind of model it is.</source>
      <translation>No dice qué tipo de modelo es.</translation>
    </message>
    <message>
      <source>It ended at once, without a word.</source>
      <translation>Terminó enseguida, sin decir nada.</translation>
    </message>
    <message>
      <source>It ended at once. It said: “{said}”</source>
      <translation>Terminó enseguida. Dijo: “{said}”</translation>
    </message>
    <message>
      <source>It ends in the middle of its head: it is cut off or damaged.</source>
      <translation>Termina en medio de su cabecera: está cortado o dañado.</translation>
    </message>
    <message>
      <source>It fetches from the public hub only.</source>
      <translation>Descarga solo del repositorio público.</translation>
    </message>
    <message>
      <source>It gave no reason.</source>
      <translation>No dio ningún motivo.</translation>
    </message>
    <message>
      <source>It goes on from where it is.</source>
      <translation>Continúa desde donde está.</translation>
    </message>
    <message>
      <source>It has no GGUF file that could be fetched.</source>
      <translation>No tiene ningún archivo GGUF que se pueda descargar.</translation>
    </message>
    <message>
      <source>It has no model file.</source>
      <translation>No tiene archivo de modelo.</translation>
    </message>
    <message>
      <source>It has to be started there.</source>
      <translation>Hay que iniciarlo allí.</translation>
    </message>
    <message>
      <source>It has to be stopped there.</source>
      <translation>Hay que detenerlo allí.</translation>
    </message>
    <message>
      <source>It has {listed}. Write {name}@{first}.</source>
      <translation>Tiene {listed}. Escribir {name}@{first}.</translation>
    </message>
    <message>
      <source>It has {whole:,} bytes instead of {size_bytes:,}</source>
      <translation>Tiene {whole:,} bytes en lugar de {size_bytes:,}</translation>
    </message>
    <message>
      <source>It holds characters that cannot be sent, for example a line break. Enter it again.</source>
      <translation>Contiene caracteres que no se pueden enviar, por ejemplo un salto de línea. Escribirla otra vez.</translation>
    </message>
    <message>
      <source>It is another program, or a server that hangs. Restart it, or check the port.</source>
      <translation>Es otro programa, o un servidor colgado. Reiniciarlo, o comprobar el puerto.</translation>
    </message>
    <message>
      <source>It is answering.</source>
      <translation>Está respondiendo.</translation>
    </message>
    <message>
      <source>It is in memory a second time, as {instance_id}: the copy with the smaller window stays.</source>
      <translation>Está en la memoria una segunda vez, como {instance_id}: la copia con la ventana menor se queda.</translation>
    </message>
    <message>
      <source>It is left as it is. Update this program.</source>
      <translation>Se deja como está. Actualizar este programa.</translation>
    </message>
    <message>
      <source>It is loaded again with the window it had.</source>
      <translation>Está cargado otra vez con la ventana que tenía.</translation>
    </message>
    <message>
      <source>It is longer than 64 MB with its files. Begin a new chat.</source>
      <translation>Con sus archivos ocupa más de 64 MB. Empezar un chat nuevo.</translation>
    </message>
    <message>
      <source>It is longer than the hub says</source>
      <translation>Es más largo de lo que dice el repositorio</translation>
    </message>
    <message>
      <source>It is named in the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY). Correct it there.</source>
      <translation>Está indicado en el entorno (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY). Corregirlo allí.</translation>
    </message>
    <message>
      <source>It is no model by itself.</source>
      <translation>Por sí solo no es un modelo.</translation>
    </message>
    <message>
      <source>It is not a GGUF file.</source>
      <translation>No es un archivo GGUF.</translation>
    </message>
    <message>
      <source>It is not a file.</source>
      <translation>No es un archivo.</translation>
    </message>
    <message>
      <source>It is not complete: {missing:,} of {start:,} bytes are missing.</source>
      <translation>No está completo: faltan {missing:,} de {start:,} bytes.</translation>
    </message>
    <message>
      <source>It is not installed here, or does not manage the server at {origin}.</source>
      <translation>No está instalada aquí, o no gestiona el servidor en {origin}.</translation>
    </message>
    <message>
      <source>It is not there any more.</source>
      <translation>Ya no está ahí.</translation>
    </message>
    <message>
      <source>It is written user/repo.</source>
      <translation>Se escribe user/repo.</translation>
    </message>
    <message>
      <source>It is {name}</source>
      <translation>Es {name}</translation>
    </message>
    <message>
      <source>It loads a model when it is asked.</source>
      <translation>Carga un modelo cuando se le pregunta.</translation>
    </message>
    <message>
      <source>It loads the model that is asked: {command}. It unloads it when nobody has asked for a while, and when that program ends.</source>
      <translation>Carga el modelo al que se pregunta: {command}. Lo quita cuando nadie ha preguntado durante un tiempo, y cuando ese programa termina.</translation>
    </message>
    <message>
      <source>It may be answering somebody else.</source>
      <translation>Quizá esté respondiendo a otra persona.</translation>
    </message>
    <message>
      <source>It may be busy with an answer.</source>
      <translation>Puede estar ocupado con una respuesta.</translation>
    </message>
    <message>
      <source>It may be busy. It is asked again.</source>
      <translation>Puede estar ocupado. Se le pregunta otra vez.</translation>
    </message>
    <message>
      <source>It may be too old, or the path of the address is wrong.</source>
      <translation>Puede ser demasiado antiguo, o la ruta de la dirección no es correcta.</translation>
    </message>
    <message>
      <source>It must be a name without line breaks.</source>
      <translation>Tiene que ser un nombre sin saltos de línea.</translation>
    </message>
    <message>
      <source>It must own the tables llmsettings and gateway_tokens, or be allowed to create them.</source>
      <translation>Tiene que ser dueño de las tablas llmsettings y gateway_tokens, o poder crearlas.</translation>
    </message>
    <message>
      <source>It needs 1 to {most:,} characters.</source>
      <translation>Necesita de 1 a {most:,} caracteres.</translation>
    </message>
    <message>
      <source>It needs 1 to {most} characters in one line.</source>
      <translation>Necesita de 1 a {most} caracteres en una línea.</translation>
    </message>
    <message>
      <source>It needs about {gigabytes}, and {gigabytes_2} are free</source>
      <translation>Necesita unos {gigabytes}, y hay libres {gigabytes_2}</translation>
    </message>
    <message>
      <source>It said: “{message}”</source>
      <translation>Dijo: “{message}”</translation>
    </message>
    <message>
      <source>It said: “{reason}” A newer version of it may.</source>
      <translation>Dijo: “{reason}” Quizá una versión más nueva pueda.</translation>
    </message>
    <message>
      <source>It sends on to {shown}. Programs cannot log in there: use the server's own address.</source>
      <translation>Remite a {shown}. Los programas no pueden iniciar sesión allí: usar la dirección propia del servidor.</translation>
    </message>
    <message>
      <source>It takes about {tokens:,} tokens, and there is room for {room:,}.</source>
      <translation>Ocupa unos {tokens:,} tokens, y hay sitio para {room:,}.</translation>
    </message>
    <message>
      <source>It takes no files in parts.</source>
      <translation>No admite archivos en partes.</translation>
    </message>
    <message>
      <source>It was cut off at the end of the window.</source>
      <translation>Se cortó al final de la ventana.</translation>
    </message>
    <message>
      <source>It was loaded already and stays as it is; not applied: {names}. Unload it first.</source>
      <translation>Ya estaba cargado y se queda como está; no se aplicó: {names}. Quitarlo antes de la memoria.</translation>
    </message>
    <message>
      <source>It was made for another name than {host!r}. Use the name it was made for, or make one for this address.</source>
      <translation>Se hizo para otro nombre que {host!r}. Usar el nombre para el que se hizo, o hacer uno para esta dirección.</translation>
    </message>
    <message>
      <source>It was made for processors with another byte order.</source>
      <translation>Se hizo para procesadores con otro orden de bytes.</translation>
    </message>
    <message>
      <source>It was stored in {stored_in}. Enter it again in Settings, Providers, or delete it there.</source>
      <translation>Se guardó en {stored_in}. Ponerla otra vez en Ajustes, Proveedores, o eliminarla allí.</translation>
    </message>
    <message>
      <source>Italian</source>
      <translation>italiano</translation>
    </message>
    <message>
      <source>Its SHA-256 is not the one that the hub names</source>
      <translation>Su SHA-256 no es el que indica el repositorio</translation>
    </message>
    <message>
      <source>Its chats could not be read either.</source>
      <translation>Sus chats tampoco se pudieron leer.</translation>
    </message>
    <message>
      <source>Its counts are beyond all measure: it is damaged.</source>
      <translation>Sus cuentas pasan de toda medida: está dañado.</translation>
    </message>
    <message>
      <source>Its file names no quantization to ask for.</source>
      <translation>Su archivo no indica una cuantización que pedir.</translation>
    </message>
    <message>
      <source>Its folder does not answer.</source>
      <translation>Su carpeta no responde.</translation>
    </message>
    <message>
      <source>Its format is version {version}; versions 2 and 3 can be read.</source>
      <translation>Su formato es la versión {version}; se pueden leer las versiones 2 y 3.</translation>
    </message>
    <message>
      <source>Its models leave memory with the program that loaded them.</source>
      <translation>Sus modelos salen de la memoria con el programa que los cargó.</translation>
    </message>
    <message>
      <source>Its own filter stopped it. Other models may answer.</source>
      <translation>La detuvo su propio filtro. Quizá otros modelos respondan.</translation>
    </message>
    <message>
      <source>JSON without a list of models</source>
      <translation>JSON sin lista de modelos</translation>
    </message>
    <message>
      <source>Japanese</source>
      <translation>japonés</translation>
    </message>
    <message>
      <source>Known backends: {known}.</source>
      <translation>Backends conocidos: {known}.</translation>
    </message>
    <message>
      <source>Known providers: {known}.</source>
      <translation>Proveedores conocidos: {known}.</translation>
    </message>
    <message>
      <source>Korean</source>
      <translation>coreano</translation>
    </message>
    <message>
      <source>LM Studio CLI not found. Install from https://lmstudio.ai and enable CLI in settings.</source>
      <translation>No se encontró la CLI de LM Studio. Instalarla desde https://lmstudio.ai y activar la CLI en los ajustes.</translation>
    </message>
    <message>
      <source>LM Studio asks for an API token.</source>
      <translation>LM Studio pide un token de API.</translation>
    </message>
    <message>
      <source>LM Studio cannot do this.</source>
      <translation>LM Studio no puede hacer esto.</translation>
    </message>
    <message>
      <source>LM Studio cannot set the batch size together with the GPU share or the time in memory.</source>
      <translation>LM Studio no puede fijar el tamaño de lote junto con la parte de la GPU o el tiempo en memoria.</translation>
    </message>
    <message>
      <source>LM Studio did not start within {seconds:.0f} s.</source>
      <translation>LM Studio no arrancó en {seconds:.0f} s.</translation>
    </message>
    <message>
      <source>LM Studio did not take {name}.</source>
      <translation>LM Studio no aceptó {name}.</translation>
    </message>
    <message>
      <source>LM Studio gave no reason.</source>
      <translation>LM Studio no dio ningún motivo.</translation>
    </message>
    <message>
      <source>LM Studio goes on with the download; only LM Studio itself can cancel it (Downloads).</source>
      <translation>LM Studio continúa la descarga; solo LM Studio puede cancelarla (Downloads).</translation>
    </message>
    <message>
      <source>LM Studio lists {keys}. Choose the one you meant.</source>
      <translation>LM Studio da en su lista {keys}. Elegir el que se quería.</translation>
    </message>
    <message>
      <source>LM Studio may go on loading the model.</source>
      <translation>LM Studio puede seguir cargando el modelo.</translation>
    </message>
    <message>
      <source>LM Studio refused the request.</source>
      <translation>LM Studio rechazó la petición.</translation>
    </message>
    <message>
      <source>LM Studio reported success, but does not list it as loaded.</source>
      <translation>LM Studio informó de éxito, pero no lo da como cargado.</translation>
    </message>
    <message>
      <source>LM Studio reported success, but does not list it. Look at it in LM Studio (My Models).{others}</source>
      <translation>LM Studio informó de éxito, pero no lo da en su lista. Mirarlo en LM Studio (My Models).{others}</translation>
    </message>
    <message>
      <source>LM Studio said: “{said}”</source>
      <translation>LM Studio dijo: “{said}”</translation>
    </message>
    <message>
      <source>LM Studio said: “{why}”</source>
      <translation>LM Studio dijo: “{why}”</translation>
    </message>
    <message>
      <source>LM Studio server not running.</source>
      <translation>El servidor de LM Studio no está en marcha.</translation>
    </message>
    <message>
      <source>LM Studio serves only its own computer until Serve on Local Network is on (Developer, Server Settings).</source>
      <translation>LM Studio sirve solo a su propio ordenador hasta que Serve on Local Network esté activado (Developer, Server Settings).</translation>
    </message>
    <message>
      <source>LM Studio sets it when it loads a model.</source>
      <translation>LM Studio lo fija cuando carga un modelo.</translation>
    </message>
    <message>
      <source>LM Studio takes it only through its lms command, on {there}.</source>
      <translation>LM Studio solo lo acepta a través de su orden lms, en {there}.</translation>
    </message>
    <message>
      <source>LM Studio takes the GPU share and the time in memory only through its lms command.</source>
      <translation>LM Studio solo acepta la parte de la GPU y el tiempo en memoria a través de su orden lms.</translation>
    </message>
    <message>
      <source>LM Studio's server is still running.</source>
      <translation>El servidor de LM Studio sigue en marcha.</translation>
    </message>
    <message>
      <source>Language of the prompt: {language}</source>
      <translation>Idioma del mensaje: {language}</translation>
    </message>
    <message>
      <source>Leave one of them out.</source>
      <translation>Quitar uno de ellos.</translation>
    </message>
    <message>
      <source>Left to the proxy</source>
      <translation>Se deja al proxy</translation>
    </message>
    <message>
      <source>Let the server listen on 0.0.0.0 there.</source>
      <translation>Hacer que el servidor escuche en 0.0.0.0 allí.</translation>
    </message>
    <message>
      <source>Letters a to z, digits, - and _, at most {most}, no blanks.</source>
      <translation>Letras de la a a la z, cifras, - y _, como máximo {most}, sin espacios.</translation>
    </message>
    <message>
      <source>Line {number} of {file} is no prompt.</source>
      <translation>La línea {number} de {file} no es un mensaje.</translation>
    </message>
    <message>
      <source>Load it.</source>
      <translation>Cargarlo.</translation>
    </message>
    <message>
      <source>Loading</source>
      <translation>Cargando</translation>
    </message>
    <message>
      <source>Look at it and try again.</source>
      <translation>Mirarlo y probar otra vez.</translation>
    </message>
    <message>
      <source>Look at it in LM Studio, under My Models.</source>
      <translation>Mirarlo en LM Studio, en My Models.</translation>
    </message>
    <message>
      <source>Look at it in LM Studio.</source>
      <translation>Mirarlo en LM Studio.</translation>
    </message>
    <message>
      <source>Look at the new one first.</source>
      <translation>Mirar antes la nueva.</translation>
    </message>
    <message>
      <source>Look into Ollama's log.</source>
      <translation>Mirar el registro de Ollama.</translation>
    </message>
    <message>
      <source>Make a token first, or keep it to this computer.</source>
      <translation>Crear antes un token, o dejarla solo para este ordenador.</translation>
    </message>
    <message>
      <source>Mend one of the two files, or move both away: the defaults are used then.</source>
      <translation>Arreglar uno de los dos archivos, o apartar ambos: entonces se usan los valores predeterminados.</translation>
    </message>
    <message>
      <source>Mend the file (“{validate}” names the place), or move it away: the defaults are used then.</source>
      <translation>Arreglar el archivo (“{validate}” dice el sitio), o apartarlo: entonces se usan los valores predeterminados.</translation>
    </message>
    <message>
      <source>Mend the file, or use the backup: in Settings, or with “{command}”.</source>
      <translation>Arreglar el archivo, o usar la copia de seguridad: en los ajustes, o con “{command}”.</translation>
    </message>
    <message>
      <source>Model '{model}' not found.</source>
      <translation>No se encontró el modelo '{model}'.</translation>
    </message>
    <message>
      <source>Model '{name}' not found.</source>
      <translation>No se encontró el modelo '{name}'.</translation>
    </message>
    <message>
      <source>Model {key!r} could not be loaded.</source>
      <translation>El modelo {key!r} no se pudo cargar.</translation>
    </message>
    <message>
      <source>Model {key!r} was not loaded within {load_seconds:.0f} s.</source>
      <translation>El modelo {key!r} no se cargó en {load_seconds:.0f} s.</translation>
    </message>
    <message>
      <source>Model {model!r} could not be loaded.</source>
      <translation>El modelo {model!r} no se pudo cargar.</translation>
    </message>
    <message>
      <source>Model {model!r} is loaded.</source>
      <translation>El modelo {model!r} está cargado.</translation>
    </message>
    <message>
      <source>Model {model!r} is not in memory any more.</source>
      <translation>El modelo {model!r} ya no está en la memoria.</translation>
    </message>
    <message>
      <source>Model {model!r} is still loaded.</source>
      <translation>El modelo {model!r} sigue cargado.</translation>
    </message>
    <message>
      <source>Model {model!r} is still there.</source>
      <translation>El modelo {model!r} sigue ahí.</translation>
    </message>
    <message>
      <source>Model {model!r} not found.</source>
      <translation>No se encontró el modelo {model!r}.</translation>
    </message>
    <message>
      <source>Model {name!r} is none that this program fetched.</source>
      <translation>El modelo {name!r} no es de los que descargó este programa.</translation>
    </message>
    <message>
      <source>Name one of the hub, such as user/repo@Q4_K_M; “{command}” looks for some. Files in folders of the setting provider_configurations.embedded.folders are found, too.</source>
      <translation>Indicar uno del repositorio, como user/repo@Q4_K_M; “{command}” busca algunos. También se encuentran los archivos de las carpetas del ajuste provider_configurations.embedded.folders.</translation>
    </message>
    <message>
      <source>Next: {name} ({figures})</source>
      <translation>Después: {name} ({figures})</translation>
    </message>
    <message>
      <source>No LM Studio model selected</source>
      <translation>No hay ningún modelo de LM Studio elegido</translation>
    </message>
    <message>
      <source>No answer</source>
      <translation>Sin respuesta</translation>
    </message>
    <message>
      <source>No answer from the name service</source>
      <translation>El servicio de nombres no respondió</translation>
    </message>
    <message>
      <source>No chat model</source>
      <translation>Ningún modelo de chat</translation>
    </message>
    <message>
      <source>No key for {name}.</source>
      <translation>No hay clave para {name}.</translation>
    </message>
    <message>
      <source>No list</source>
      <translation>Sin lista</translation>
    </message>
    <message>
      <source>No local model can answer, and Auto may not use the cloud.</source>
      <translation>Ningún modelo local puede responder, y Auto no puede usar la nube.</translation>
    </message>
    <message>
      <source>No model is known yet.</source>
      <translation>Aún no se conoce ningún modelo.</translation>
    </message>
    <message>
      <source>No model is loaded, and loading on demand is off in {name}. Load one there.</source>
      <translation>No hay ningún modelo cargado, y en {name} la carga bajo demanda está desactivada. Cargar uno allí.</translation>
    </message>
    <message>
      <source>No model is there, and none of those suggested fits into the memory that is free.</source>
      <translation>No hay ningún modelo, y ninguno de los propuestos cabe en la memoria libre.</translation>
    </message>
    <message>
      <source>No model that costs nothing was reachable a moment ago, and there is a budget.</source>
      <translation>Hace un momento no se llegaba a ningún modelo gratuito, y hay un presupuesto.</translation>
    </message>
    <message>
      <source>No provider is switched on.</source>
      <translation>Ningún proveedor está activado.</translation>
    </message>
    <message>
      <source>No secure connection</source>
      <translation>Sin conexión segura</translation>
    </message>
    <message>
      <source>No secure connection comes about with {host}.</source>
      <translation>No se establece una conexión segura con {host}.</translation>
    </message>
    <message>
      <source>Nobody vouches for it. If the server is yours, name its certificate file as one to trust.</source>
      <translation>Nadie responde por él. Si el servidor es propio, indicar su archivo de certificado como de confianza.</translation>
    </message>
    <message>
      <source>Nor {count} more</source>
      <translation>Ni {count} más</translation>
    </message>
    <message>
      <source>Not HTTP</source>
      <translation>No es HTTP</translation>
    </message>
    <message>
      <source>Not HTTP at {address}. Is another program on this port?</source>
      <translation>No hay HTTP en {address}. ¿Hay otro programa en este puerto?</translation>
    </message>
    <message>
      <source>Not allowed</source>
      <translation>No permitida</translation>
    </message>
    <message>
      <source>Not an address</source>
      <translation>No es una dirección</translation>
    </message>
    <message>
      <source>Not an answer</source>
      <translation>No es una respuesta</translation>
    </message>
    <message>
      <source>Not installed</source>
      <translation>No instalado</translation>
    </message>
    <message>
      <source>Not known</source>
      <translation>No se conoce</translation>
    </message>
    <message>
      <source>Not listed</source>
      <translation>No dio la lista</translation>
    </message>
    <message>
      <source>Not listed in time</source>
      <translation>No dio la lista a tiempo</translation>
    </message>
    <message>
      <source>Not ready</source>
      <translation>Aún no está listo</translation>
    </message>
    <message>
      <source>Not {name}: {why}</source>
      <translation>No {name}: {why}</translation>
    </message>
    <message>
      <source>Not {wanted}</source>
      <translation>No es {wanted}</translation>
    </message>
    <message>
      <source>Nothing answers at {address}.</source>
      <translation>Nada responde en {address}.</translation>
    </message>
    <message>
      <source>Nothing answers at {address}. {start_hint}</source>
      <translation>Nada responde en {address}. {start_hint}</translation>
    </message>
    <message>
      <source>Nothing answers at {host}, port {port}.</source>
      <translation>Nada responde en {host}, puerto {port}.</translation>
    </message>
    <message>
      <source>Nothing answers at {origin}. {start_hint}</source>
      <translation>Nada responde en {origin}. {start_hint}</translation>
    </message>
    <message>
      <source>Nothing behind it</source>
      <translation>Nada detrás</translation>
    </message>
    <message>
      <source>Nothing listens on port {port} inside {here}.</source>
      <translation>Nada escucha en el puerto {port} dentro de {here}.</translation>
    </message>
    <message>
      <source>Nothing listens on port {port} of this computer.</source>
      <translation>Nada escucha en el puerto {port} de este ordenador.</translation>
    </message>
    <message>
      <source>Nothing was sent there. If that is the server, enter its address.</source>
      <translation>Allí no se envió nada. Si ese es el servidor, poner su dirección.</translation>
    </message>
    <message>
      <source>Ollama did not answer within {seconds:.0f} s of its start.</source>
      <translation>Ollama no respondió en {seconds:.0f} s desde su arranque.</translation>
    </message>
    <message>
      <source>Ollama does not tell how many layers {name!r} has, so it takes no share of the GPU.</source>
      <translation>Ollama no dice cuántas capas tiene {name!r}, así que no admite una parte de la GPU.</translation>
    </message>
    <message>
      <source>Ollama goes back to its own batch size with the next message.</source>
      <translation>Ollama vuelve a su propio tamaño de lote con el próximo mensaje.</translation>
    </message>
    <message>
      <source>Ollama is busy.</source>
      <translation>Ollama está ocupado.</translation>
    </message>
    <message>
      <source>Ollama is not installed. Please install from https://ollama.com</source>
      <translation>Ollama no está instalado. Instalarlo desde https://ollama.com</translation>
    </message>
    <message>
      <source>Ollama is not running.</source>
      <translation>Ollama no está en marcha.</translation>
    </message>
    <message>
      <source>Ollama is still running.</source>
      <translation>Ollama sigue en marcha.</translation>
    </message>
    <message>
      <source>Ollama may go on loading the model.</source>
      <translation>Ollama puede seguir cargando el modelo.</translation>
    </message>
    <message>
      <source>Ollama refused the request.</source>
      <translation>Ollama rechazó la petición.</translation>
    </message>
    <message>
      <source>Ollama reported an error.</source>
      <translation>Ollama informó de un error.</translation>
    </message>
    <message>
      <source>Ollama reported success, but does not list it as loaded.</source>
      <translation>Ollama informó de éxito, pero no lo da como cargado.</translation>
    </message>
    <message>
      <source>Ollama reported success, but does not list it.</source>
      <translation>Ollama informó de éxito, pero no lo da en su lista.</translation>
    </message>
    <message>
      <source>Ollama said: “{said}”</source>
      <translation>Ollama dijo: “{said}”</translation>
    </message>
    <message>
      <source>Ollama sent something that is not an answer.</source>
      <translation>Ollama envió algo que no es una respuesta.</translation>
    </message>
    <message>
      <source>Ollama serves only its own computer until OLLAMA_HOST=0.0.0.0 is set there.</source>
      <translation>Ollama sirve solo a su propio ordenador hasta que OLLAMA_HOST=0.0.0.0 esté puesto allí.</translation>
    </message>
    <message>
      <source>Ollama was not started by this program, so it is not stopped by it.</source>
      <translation>Este programa no inició Ollama, así que no lo detiene.</translation>
    </message>
    <message>
      <source>On Debian and Ubuntu: sudo apt-get install libgomp1. </source>
      <translation>En Debian y Ubuntu: sudo apt-get install libgomp1. </translation>
    </message>
    <message>
      <source>On this computer, {name} answers at {address}.</source>
      <translation>En este ordenador, {name} responde en {address}.</translation>
    </message>
    <message>
      <source>Only addresses with https are.</source>
      <translation>Solo se siguen direcciones con https.</translation>
    </message>
    <message>
      <source>Open LM Studio and start the server there.{said}</source>
      <translation>Abrir LM Studio e iniciar allí el servidor.{said}</translation>
    </message>
    <message>
      <source>Open the chat again.</source>
      <translation>Abrir el chat otra vez.</translation>
    </message>
    <message>
      <source>OpenAI-compatible server</source>
      <translation>Servidor compatible con OpenAI</translation>
    </message>
    <message>
      <source>Other computers are to reach the gateway, and no token protects it.</source>
      <translation>Otros ordenadores podrán llegar a la pasarela, y ningún token la protege.</translation>
    </message>
    <message>
      <source>Part {number} of {parts} is missing.</source>
      <translation>Falta la parte {number} de {parts}.</translation>
    </message>
    <message>
      <source>Paste the key as the provider shows it.</source>
      <translation>Pegar la clave como la muestra el proveedor.</translation>
    </message>
    <message>
      <source>Points elsewhere</source>
      <translation>Remite a otro sitio</translation>
    </message>
    <message>
      <source>Points to a login page</source>
      <translation>Remite a una página de inicio de sesión</translation>
    </message>
    <message>
      <source>Port {port} is open, but no HTTP server answers there.</source>
      <translation>El puerto {port} está abierto, pero allí no responde ningún servidor HTTP.</translation>
    </message>
    <message>
      <source>Portuguese</source>
      <translation>portugués</translation>
    </message>
    <message>
      <source>PostgreSQL refused the call ({kind}).</source>
      <translation>PostgreSQL rechazó la llamada ({kind}).</translation>
    </message>
    <message>
      <source>PostgreSQL's library is not installed.</source>
      <translation>La biblioteca de PostgreSQL no está instalada.</translation>
    </message>
    <message>
      <source>Proxy asks for a password</source>
      <translation>El proxy pide una contraseña</translation>
    </message>
    <message>
      <source>Proxy forbids</source>
      <translation>El proxy lo prohíbe</translation>
    </message>
    <message>
      <source>Proxy gets no answer</source>
      <translation>El proxy no obtiene respuesta</translation>
    </message>
    <message>
      <source>Proxy not known</source>
      <translation>Proxy desconocido</translation>
    </message>
    <message>
      <source>Proxy not reached</source>
      <translation>No se llega al proxy</translation>
    </message>
    <message>
      <source>Proxy of another kind</source>
      <translation>Proxy de otro tipo</translation>
    </message>
    <message>
      <source>Proxy refuses</source>
      <translation>El proxy rechaza</translation>
    </message>
    <message>
      <source>Proxy silent</source>
      <translation>Proxy en silencio</translation>
    </message>
    <message>
      <source>Quit the Ollama app, or on Linux run “sudo systemctl stop ollama”.</source>
      <translation>Salir de la aplicación de Ollama, o en Linux ejecutar “sudo systemctl stop ollama”.</translation>
    </message>
    <message>
      <source>Quit the Ollama app.</source>
      <translation>Salir de la aplicación de Ollama.</translation>
    </message>
    <message>
      <source>README of {name}</source>
      <translation>README de {name}</translation>
    </message>
    <message>
      <source>Refused because {reason}.</source>
      <translation>Rechazada porque {reason}.</translation>
    </message>
    <message>
      <source>Refused because {why}. {example}</source>
      <translation>Rechazada porque {why}. {example}</translation>
    </message>
    <message>
      <source>Refused the connection</source>
      <translation>Rechazó la conexión</translation>
    </message>
    <message>
      <source>Regenerate the answer.</source>
      <translation>Regenerar la respuesta.</translation>
    </message>
    <message>
      <source>Rename that one first.</source>
      <translation>Cambiar antes el nombre de ese.</translation>
    </message>
    <message>
      <source>Renew it at the server. Where it is still good, the clock of this computer is wrong.</source>
      <translation>Renovarlo en el servidor. Si todavía es válido, el reloj de este ordenador no es correcto.</translation>
    </message>
    <message>
      <source>Run “ollama serve” in a terminal, with OLLAMA_HOST={host}:{port} in its environment.</source>
      <translation>Ejecutar “ollama serve” en un terminal, con OLLAMA_HOST={host}:{port} en su entorno.</translation>
    </message>
    <message>
      <source>Russian</source>
      <translation>ruso</translation>
    </message>
    <message>
      <source>Set its fields again.</source>
      <translation>Volver a poner sus campos.</translation>
    </message>
    <message>
      <source>Setting not valid</source>
      <translation>Ajuste no válido</translation>
    </message>
    <message>
      <source>Setting up is for this computer. Enter an address of it first: Settings, Local Models.</source>
      <translation>La preparación es para este ordenador. Poner antes una dirección suya: Ajustes, Modelos locales.</translation>
    </message>
    <message>
      <source>Shorten it, or choose a model with more room.</source>
      <translation>Acortarlo, o elegir un modelo con más sitio.</translation>
    </message>
    <message>
      <source>Signed by itself</source>
      <translation>Firmado por sí mismo</translation>
    </message>
    <message>
      <source>Silent</source>
      <translation>En silencio</translation>
    </message>
    <message>
      <source>Simulated model</source>
      <translation>Modelo simulado</translation>
    </message>
    <message>
      <source>Something in front of {name} lets nobody through.</source>
      <translation>Algo delante de {name} no deja pasar a nadie.</translation>
    </message>
    <message>
      <source>Something listens on port {port}, but says nothing.</source>
      <translation>Algo escucha en el puerto {port}, pero no dice nada.</translation>
    </message>
    <message>
      <source>Spanish</source>
      <translation>español</translation>
    </message>
    <message>
      <source>Speaks the OpenAI interface</source>
      <translation>Habla la interfaz de OpenAI</translation>
    </message>
    <message>
      <source>Spell an @ of the user or the password as %40.</source>
      <translation>Escribir un @ del usuario o de la contraseña como %40.</translation>
    </message>
    <message>
      <source>Start LM Studio's server on port {port}: Developer, Start server; or in a terminal “lms server start --port {port}”.</source>
      <translation>Iniciar el servidor de LM Studio en el puerto {port}: Developer, Start server; o en un terminal “lms server start --port {port}”.</translation>
    </message>
    <message>
      <source>Start a new one with the same prompt.</source>
      <translation>Empezar otra con el mismo mensaje.</translation>
    </message>
    <message>
      <source>Start it again, it resumes.</source>
      <translation>Iniciarla otra vez; continúa.</translation>
    </message>
    <message>
      <source>Start its server, or correct the address.</source>
      <translation>Iniciar su servidor, o corregir la dirección.</translation>
    </message>
    <message>
      <source>Start the Ollama app, or run “ollama serve” in a terminal.</source>
      <translation>Iniciar la aplicación de Ollama, o ejecutar “ollama serve” en un terminal.</translation>
    </message>
    <message>
      <source>Stop it in LM Studio (Developer, Status).</source>
      <translation>Detenerlo en LM Studio (Developer, Status).</translation>
    </message>
    <message>
      <source>Stop it in LM Studio: its lms command is not installed.</source>
      <translation>Detenerlo en LM Studio: su orden lms no está instalada.</translation>
    </message>
    <message>
      <source>Stop it or wait for its end.</source>
      <translation>Detenerla o esperar a que termine.</translation>
    </message>
    <message>
      <source>Stop it where it was started.</source>
      <translation>Detenerlo donde se inició.</translation>
    </message>
    <message>
      <source>Stopped.</source>
      <translation>Detenida.</translation>
    </message>
    <message>
      <source>String should have at least {least} character</source>
      <translation>El texto tiene que tener al menos {least} carácter</translation>
    </message>
    <message>
      <source>String should have at least {least} characters</source>
      <translation>El texto tiene que tener al menos {least} caracteres</translation>
    </message>
    <message>
      <source>String should have at most {most} character</source>
      <translation>El texto puede tener {most} carácter como máximo</translation>
    </message>
    <message>
      <source>String should have at most {most} characters</source>
      <translation>El texto puede tener {most} caracteres como máximo</translation>
    </message>
    <message>
      <source>String should match pattern {pattern}</source>
      <translation>El texto tiene que ajustarse al patrón {pattern}</translation>
    </message>
    <message>
      <source>Switch compression off there, or in what stands in front of it.</source>
      <translation>Desactivar allí la compresión, o en lo que haya delante.</translation>
    </message>
    <message>
      <source>Switch it on in Settings, Providers, or choose a model of another provider.</source>
      <translation>Activarlo en Ajustes, Proveedores, o elegir un modelo de otro proveedor.</translation>
    </message>
    <message>
      <source>Switch one on in Settings, Providers.</source>
      <translation>Activar uno en Ajustes, Proveedores.</translation>
    </message>
    <message>
      <source>Take another name.</source>
      <translation>Elegir otro nombre.</translation>
    </message>
    <message>
      <source>Take attachments out or start a new chat.</source>
      <translation>Quitar adjuntos o empezar un chat nuevo.</translation>
    </message>
    <message>
      <source>Take the picture out or choose a model with the mark.</source>
      <translation>Quitar la imagen o elegir un modelo con el símbolo de la imagen.</translation>
    </message>
    <message>
      <source>Thai</source>
      <translation>tailandés</translation>
    </message>
    <message>
      <source>That computer is there, but nothing listens on port {port}.</source>
      <translation>Ese ordenador está, pero nada escucha en el puerto {port}.</translation>
    </message>
    <message>
      <source>That is the same server, over https.</source>
      <translation>Es el mismo servidor, por https.</translation>
    </message>
    <message>
      <source>The JSON Schema is not valid.</source>
      <translation>El esquema JSON no es válido.</translation>
    </message>
    <message>
      <source>The JSON Schema refers to something it does not hold.</source>
      <translation>El esquema JSON remite a algo que no contiene.</translation>
    </message>
    <message>
      <source>The address has changed again.</source>
      <translation>La dirección ha vuelto a cambiar.</translation>
    </message>
    <message>
      <source>The address in the settings, {address}, is on another computer.</source>
      <translation>La dirección de los ajustes, {address}, es de otro ordenador.</translation>
    </message>
    <message>
      <source>The answer does not fit the schema, also after {most} corrections.</source>
      <translation>La respuesta no se ajusta al esquema, ni tras {most} correcciones.</translation>
    </message>
    <message>
      <source>The answer does not fit the schema.</source>
      <translation>La respuesta no se ajusta al esquema.</translation>
    </message>
    <message>
      <source>The answer passed the limit of {limit:g} MB.</source>
      <translation>La respuesta pasó del límite de {limit:g} MB.</translation>
    </message>
    <message>
      <source>The answer passed the limit of {most:.0f} MB.</source>
      <translation>La respuesta pasó del límite de {most:.0f} MB.</translation>
    </message>
    <message>
      <source>The answer passed the limit of {shown}.</source>
      <translation>La respuesta pasó del límite de {shown}.</translation>
    </message>
    <message>
      <source>The answer stopped in the middle.</source>
      <translation>La respuesta se detuvo a la mitad.</translation>
    </message>
    <message>
      <source>The answer was cut at the token limit before its JSON was whole.</source>
      <translation>La respuesta se cortó en el límite de tokens antes de que su JSON estuviera completo.</translation>
    </message>
    <message>
      <source>The app closed while this was being written.</source>
      <translation>La aplicación se cerró mientras se escribía esto.</translation>
    </message>
    <message>
      <source>The app is closing.</source>
      <translation>La aplicación se está cerrando.</translation>
    </message>
    <message>
      <source>The backup cannot be used either: {place}: {reason}.</source>
      <translation>La copia de seguridad tampoco se puede usar: {place}: {reason}.</translation>
    </message>
    <message>
      <source>The built-in engine</source>
      <translation>El motor integrado</translation>
    </message>
    <message>
      <source>The built-in engine cannot run {model}.</source>
      <translation>El motor integrado no puede ejecutar {model}.</translation>
    </message>
    <message>
      <source>The built-in engine ended while it answered.</source>
      <translation>El motor integrado terminó mientras respondía.</translation>
    </message>
    <message>
      <source>The built-in engine is not installed.</source>
      <translation>El motor integrado no está instalado.</translation>
    </message>
    <message>
      <source>The built-in engine is not running.</source>
      <translation>El motor integrado no está en marcha.</translation>
    </message>
    <message>
      <source>The certificate authority in the settings cannot be used.</source>
      <translation>La autoridad de certificación de los ajustes no se puede usar.</translation>
    </message>
    <message>
      <source>The certificate of {host} comes from an authority that this computer does not know.</source>
      <translation>El certificado de {host} viene de una autoridad que este ordenador no conoce.</translation>
    </message>
    <message>
      <source>The certificate of {host} has expired.</source>
      <translation>El certificado de {host} ha caducado.</translation>
    </message>
    <message>
      <source>The certificate of {host} is not valid yet.</source>
      <translation>El certificado de {host} aún no es válido.</translation>
    </message>
    <message>
      <source>The chat was not kept: {reason}.</source>
      <translation>El chat no se guardó: {reason}.</translation>
    </message>
    <message>
      <source>The clock of this computer or of the server is wrong.</source>
      <translation>El reloj de este ordenador o del servidor no es correcto.</translation>
    </message>
    <message>
      <source>The computer is off or asleep, the address is another one, or a firewall drops the call.</source>
      <translation>El ordenador está apagado o en reposo, la dirección es otra, o un cortafuegos descarta la llamada.</translation>
    </message>
    <message>
      <source>The configuration file {file!r} does not exist.</source>
      <translation>El archivo de configuración {file!r} no existe.</translation>
    </message>
    <message>
      <source>The connection closed before the server said it was done. What arrived is kept.</source>
      <translation>La conexión se cerró antes de que el servidor dijera que había terminado. Lo que llegó se conserva.</translation>
    </message>
    <message>
      <source>The database at {name} cannot be reached.</source>
      <translation>No se puede llegar a la base de datos en {name}.</translation>
    </message>
    <message>
      <source>The database at {name} cannot be used.</source>
      <translation>La base de datos en {name} no se puede usar.</translation>
    </message>
    <message>
      <source>The database at {place} was written by a newer version of this program.</source>
      <translation>La base de datos en {place} la escribió una versión más nueva de este programa.</translation>
    </message>
    <message>
      <source>The disk is full.</source>
      <translation>El disco está lleno.</translation>
    </message>
    <message>
      <source>The download is stopped; what came is kept, and the next one goes on from there.</source>
      <translation>La descarga está detenida; lo que llegó se conserva, y la próxima continúa desde ahí.</translation>
    </message>
    <message>
      <source>The download of {model!r} failed.</source>
      <translation>La descarga de {model!r} falló.</translation>
    </message>
    <message>
      <source>The download of {model!r} made no progress.</source>
      <translation>La descarga de {model!r} no avanzó.</translation>
    </message>
    <message>
      <source>The download of {model} was stopped.</source>
      <translation>La descarga de {model} se detuvo.</translation>
    </message>
    <message>
      <source>The download of {name!r} broke off.</source>
      <translation>La descarga de {name!r} se interrumpió.</translation>
    </message>
    <message>
      <source>The download of {name!r} made no progress for {seconds:.0f} s.</source>
      <translation>La descarga de {name!r} no avanzó durante {seconds:.0f} s.</translation>
    </message>
    <message>
      <source>The engine said: “{reason}” If the file is damaged, download it again.</source>
      <translation>El motor dijo: “{reason}” Si el archivo está dañado, descargarlo otra vez.</translation>
    </message>
    <message>
      <source>The file is too large to be shown from memory.</source>
      <translation>El archivo es demasiado grande para mostrarlo desde la memoria.</translation>
    </message>
    <message>
      <source>The file is {name}. Mend it or move it away; a new one is made then, without settings and tokens.</source>
      <translation>El archivo es {name}. Arreglarlo o apartarlo; entonces se crea uno nuevo, sin ajustes ni tokens.</translation>
    </message>
    <message>
      <source>The file of {model!r} does not tell how many layers it has, so it takes no share of the GPU.</source>
      <translation>El archivo de {model!r} no dice cuántas capas tiene, así que no admite una parte de la GPU.</translation>
    </message>
    <message>
      <source>The gateway could not be started.</source>
      <translation>La pasarela no se pudo iniciar.</translation>
    </message>
    <message>
      <source>The gateway did not listen within {seconds:.0f} s.</source>
      <translation>La pasarela no escuchó en {seconds:.0f} s.</translation>
    </message>
    <message>
      <source>The gateway does not tell its requests.</source>
      <translation>La pasarela no informa de sus peticiones.</translation>
    </message>
    <message>
      <source>The gateway ended by itself, with status {status}.</source>
      <translation>La pasarela terminó por sí sola, con el estado {status}.</translation>
    </message>
    <message>
      <source>The gateway tells its requests in another form.</source>
      <translation>La pasarela informa de sus peticiones en otra forma.</translation>
    </message>
    <message>
      <source>The gateway was ended by signal {status}.</source>
      <translation>La pasarela terminó por la señal {status}.</translation>
    </message>
    <message>
      <source>The gateway's database cannot be used: {reason}.</source>
      <translation>La base de datos de la pasarela no se puede usar: {reason}.</translation>
    </message>
    <message>
      <source>The header {name!r} cannot be sent.</source>
      <translation>La cabecera {name!r} no se puede enviar.</translation>
    </message>
    <message>
      <source>The hub answered with status {status}.</source>
      <translation>El repositorio respondió con el estado {status}.</translation>
    </message>
    <message>
      <source>The hub does not give out {what}.</source>
      <translation>El repositorio no entrega {what}.</translation>
    </message>
    <message>
      <source>The hub does not go on from there.</source>
      <translation>El repositorio no continúa desde ahí.</translation>
    </message>
    <message>
      <source>The hub does not have all its parts.</source>
      <translation>El repositorio no tiene todas sus partes.</translation>
    </message>
    <message>
      <source>The hub goes on from somewhere else.</source>
      <translation>El repositorio continúa desde otro sitio.</translation>
    </message>
    <message>
      <source>The hub has no {what}.</source>
      <translation>El repositorio no tiene {what}.</translation>
    </message>
    <message>
      <source>The hub points to an address that is not followed: {address}</source>
      <translation>El repositorio remite a una dirección que no se sigue: {address}</translation>
    </message>
    <message>
      <source>The hub was asked too often.</source>
      <translation>Se preguntó al repositorio demasiadas veces.</translation>
    </message>
    <message>
      <source>The key for {name} was moved from {file} into the system's key store.</source>
      <translation>La clave para {name} se trasladó de {file} al almacén de claves del sistema.</translation>
    </message>
    <message>
      <source>The key for {provider} cannot be read. {why}</source>
      <translation>La clave para {provider} no se puede leer. {why}</translation>
    </message>
    <message>
      <source>The key is empty.</source>
      <translation>La clave está vacía.</translation>
    </message>
    <message>
      <source>The key is kept until the app closes.</source>
      <translation>La clave se conserva hasta que se cierre la aplicación.</translation>
    </message>
    <message>
      <source>The key is no longer there.</source>
      <translation>La clave ya no está.</translation>
    </message>
    <message>
      <source>The key store accepted the key but does not give it back.</source>
      <translation>El almacén de claves aceptó la clave pero no la devuelve.</translation>
    </message>
    <message>
      <source>The key store is switched off for this run (AICA_KEYRING).</source>
      <translation>El almacén de claves está desactivado en esta ejecución (AICA_KEYRING).</translation>
    </message>
    <message>
      <source>The load is stopped.</source>
      <translation>La carga está detenida.</translation>
    </message>
    <message>
      <source>The log has the details.</source>
      <translation>El registro tiene los detalles.</translation>
    </message>
    <message>
      <source>The model went on and on.</source>
      <translation>El modelo no paraba de escribir.</translation>
    </message>
    <message>
      <source>The model wrote no summary.</source>
      <translation>El modelo no escribió ningún resumen.</translation>
    </message>
    <message>
      <source>The name of the proxy {shown} is not known.</source>
      <translation>El nombre del proxy {shown} no se conoce.</translation>
    </message>
    <message>
      <source>The name service does not answer. Check the network.</source>
      <translation>El servicio de nombres no responde. Comprobar la red.</translation>
    </message>
    <message>
      <source>The name {host!r} could not be looked up.</source>
      <translation>El nombre {host!r} no se pudo buscar.</translation>
    </message>
    <message>
      <source>The name {host!r} is not known.</source>
      <translation>El nombre {host!r} no se conoce.</translation>
    </message>
    <message>
      <source>The path of the address is another one, or it is no OpenAI-compatible server.</source>
      <translation>La ruta de la dirección es otra, o no es un servidor compatible con OpenAI.</translation>
    </message>
    <message>
      <source>The path of the address is wrong: the models are at {has}, not at {had}.</source>
      <translation>La ruta de la dirección no es correcta: los modelos están en {has}, no en {had}.</translation>
    </message>
    <message>
      <source>The program is closing.</source>
      <translation>El programa se está cerrando.</translation>
    </message>
    <message>
      <source>The program {executable!r} cannot be looked at.</source>
      <translation>El programa {executable!r} no se puede mirar.</translation>
    </message>
    <message>
      <source>The prompt is empty.</source>
      <translation>El mensaje está vacío.</translation>
    </message>
    <message>
      <source>The proxy {shown} asks for a password.</source>
      <translation>El proxy {shown} pide una contraseña.</translation>
    </message>
    <message>
      <source>The proxy {shown} cannot be reached.</source>
      <translation>No se puede llegar al proxy {shown}.</translation>
    </message>
    <message>
      <source>The proxy {shown} does not let requests to {host} through.</source>
      <translation>El proxy {shown} no deja pasar peticiones a {host}.</translation>
    </message>
    <message>
      <source>The proxy {shown} gets no answer from {host}.</source>
      <translation>El proxy {shown} no obtiene respuesta de {host}.</translation>
    </message>
    <message>
      <source>The proxy {shown} is of a kind that is not spoken.</source>
      <translation>El proxy {shown} es de un tipo que no se habla.</translation>
    </message>
    <message>
      <source>The proxy {shown} refuses the connection.</source>
      <translation>El proxy {shown} rechaza la conexión.</translation>
    </message>
    <message>
      <source>The proxy {shown} says nothing.</source>
      <translation>El proxy {shown} no dice nada.</translation>
    </message>
    <message>
      <source>The registry did not take it: {reason}.</source>
      <translation>El registro no lo aceptó: {reason}.</translation>
    </message>
    <message>
      <source>The request cannot be written as JSON.</source>
      <translation>La petición no se puede escribir como JSON.</translation>
    </message>
    <message>
      <source>The request passes the limit of {most:g} MB.</source>
      <translation>La petición pasa del límite de {most:g} MB.</translation>
    </message>
    <message>
      <source>The response ended as {status}.</source>
      <translation>La respuesta terminó como {status}.</translation>
    </message>
    <message>
      <source>The row of the table llmsettings is not valid.</source>
      <translation>La fila de la tabla llmsettings no es válida.</translation>
    </message>
    <message>
      <source>The server at {origin} is not the one that LM Studio manages (port {port}).</source>
      <translation>El servidor en {origin} no es el que gestiona LM Studio (puerto {port}).</translation>
    </message>
    <message>
      <source>The server ended the connection.</source>
      <translation>El servidor terminó la conexión.</translation>
    </message>
    <message>
      <source>The server is not running.</source>
      <translation>El servidor no está en marcha.</translation>
    </message>
    <message>
      <source>The server is off, or it uses another port.</source>
      <translation>El servidor está apagado, o usa otro puerto.</translation>
    </message>
    <message>
      <source>The server listens on {listening} only, not on {typed}.</source>
      <translation>El servidor escucha solo en {listening}, no en {typed}.</translation>
    </message>
    <message>
      <source>The server runs at {address}, but {in_force} is in force.</source>
      <translation>El servidor está en {address}, pero rige {in_force}.</translation>
    </message>
    <message>
      <source>The server says: {reason}.</source>
      <translation>El servidor dice: {reason}.</translation>
    </message>
    <message>
      <source>The server there speaks no TLS, or none that this program accepts. Check the address and its port.</source>
      <translation>El servidor de allí no habla TLS, o ninguno que este programa acepte. Comprobar la dirección y su puerto.</translation>
    </message>
    <message>
      <source>The server's answer is compressed although that was not asked for.</source>
      <translation>La respuesta del servidor está comprimida aunque no se pidió.</translation>
    </message>
    <message>
      <source>The setting keep_alive says {set_for_all} with every message.</source>
      <translation>El ajuste keep_alive dice {set_for_all} con cada mensaje.</translation>
    </message>
    <message>
      <source>The stored settings of this answer cannot be read.</source>
      <translation>Los ajustes guardados de esta respuesta no se pueden leer.</translation>
    </message>
    <message>
      <source>The summary became too long.</source>
      <translation>El resumen salió demasiado largo.</translation>
    </message>
    <message>
      <source>The system's key store did not answer.</source>
      <translation>El almacén de claves del sistema no respondió.</translation>
    </message>
    <message>
      <source>The system's key store refused: {kind}.</source>
      <translation>El almacén de claves del sistema lo rechazó: {kind}.</translation>
    </message>
    <message>
      <source>The table llmsettings has lost its row.</source>
      <translation>La tabla llmsettings ha perdido su fila.</translation>
    </message>
    <message>
      <source>The user of {variable} may not do this at {name}.</source>
      <translation>El usuario de {variable} no tiene permiso para esto en {name}.</translation>
    </message>
    <message>
      <source>The {wrong} is not valid.</source>
      <translation>Este valor no es válido: {wrong}.</translation>
    </message>
    <message>
      <source>There are {most:,} presets already.</source>
      <translation>Ya hay {most:,} preajustes.</translation>
    </message>
    <message>
      <source>There are {most:,} prompts already.</source>
      <translation>Ya hay {most:,} textos guardados.</translation>
    </message>
    <message>
      <source>There is a preset “{name}” already.</source>
      <translation>Ya hay un preajuste “{name}”.</translation>
    </message>
    <message>
      <source>There is a preset “{name}” by now.</source>
      <translation>Entretanto hay un preajuste “{name}”.</translation>
    </message>
    <message>
      <source>There is a prompt /{name} already.</source>
      <translation>Ya hay un texto /{name}.</translation>
    </message>
    <message>
      <source>There is a token named {name!r} already.</source>
      <translation>Ya hay un token llamado {name!r}.</translation>
    </message>
    <message>
      <source>There is no backend {backend!r}.</source>
      <translation>No hay ningún backend {backend!r}.</translation>
    </message>
    <message>
      <source>There is no backup: {backup!r} does not exist.</source>
      <translation>No hay copia de seguridad: {backup!r} no existe.</translation>
    </message>
    <message>
      <source>There is no program {path!r}.</source>
      <translation>No hay ningún programa {path!r}.</translation>
    </message>
    <message>
      <source>There is no prompt.</source>
      <translation>No hay mensaje.</translation>
    </message>
    <message>
      <source>There is no provider {name!r}.</source>
      <translation>No hay ningún proveedor {name!r}.</translation>
    </message>
    <message>
      <source>There is no such field. Known: {changeable}.</source>
      <translation>No existe ese campo. Conocidos: {changeable}.</translation>
    </message>
    <message>
      <source>There is no such provider. {hint}</source>
      <translation>No existe ese proveedor. {hint}</translation>
    </message>
    <message>
      <source>There is no such thing, it is private, or its maker's terms must be accepted at {hub_url} with an account. Fetch it there by hand and put the file into a folder of the setting provider_configurations.embedded.folders.</source>
      <translation>No existe, es privado, o hay que aceptar las condiciones de su autor en {hub_url} con una cuenta. Descargarlo allí a mano y poner el archivo en una carpeta del ajuste provider_configurations.embedded.folders.</translation>
    </message>
    <message>
      <source>There is no xdg-mime here. Install the package xdg-utils.</source>
      <translation>Aquí no hay xdg-mime. Instalar el paquete xdg-utils.</translation>
    </message>
    <message>
      <source>There is nothing in memory that this command could let go.</source>
      <translation>No hay nada en la memoria que esta orden pueda quitar.</translation>
    </message>
    <message>
      <source>There is nothing to go on with.</source>
      <translation>No hay nada que continuar.</translation>
    </message>
    <message>
      <source>There is nothing to keep.</source>
      <translation>No hay nada que guardar.</translation>
    </message>
    <message>
      <source>There is nothing to send.</source>
      <translation>No hay nada que enviar.</translation>
    </message>
    <message>
      <source>There is nothing to stop from here.</source>
      <translation>No hay nada que detener desde aquí.</translation>
    </message>
    <message>
      <source>There is too little memory for {model}.</source>
      <translation>Hay muy poca memoria para {model}.</translation>
    </message>
    <message>
      <source>There is too little room on the disk.</source>
      <translation>Hay muy poco sitio en el disco.</translation>
    </message>
    <message>
      <source>This address is not used.</source>
      <translation>Esta dirección no se usa.</translation>
    </message>
    <message>
      <source>This answer has no prompt.</source>
      <translation>Esta respuesta no tiene mensaje.</translation>
    </message>
    <message>
      <source>This cannot be the name of a preset.</source>
      <translation>Esto no puede ser el nombre de un preajuste.</translation>
    </message>
    <message>
      <source>This cannot be the name of a prompt.</source>
      <translation>Esto no puede ser el nombre de un texto guardado.</translation>
    </message>
    <message>
      <source>This chat does not fit the model's window.</source>
      <translation>Este chat no cabe en la ventana del modelo.</translation>
    </message>
    <message>
      <source>This chat is not there any more.</source>
      <translation>Este chat ya no está.</translation>
    </message>
    <message>
      <source>This chat is too long for a summary.</source>
      <translation>Este chat es demasiado largo para un resumen.</translation>
    </message>
    <message>
      <source>This chat was changed meanwhile.</source>
      <translation>Este chat cambió entretanto.</translation>
    </message>
    <message>
      <source>This comparison was deleted.</source>
      <translation>Esta comparación se eliminó.</translation>
    </message>
    <message>
      <source>This does not look like a key.</source>
      <translation>Esto no parece una clave.</translation>
    </message>
    <message>
      <source>This is no list of words.</source>
      <translation>Esto no es una lista de palabras.</translation>
    </message>
    <message>
      <source>This is no number.</source>
      <translation>Esto no es un número.</translation>
    </message>
    <message>
      <source>This is no value.</source>
      <translation>Esto no es un valor.</translation>
    </message>
    <message>
      <source>This is not a name for a token.</source>
      <translation>Esto no es un nombre para un token.</translation>
    </message>
    <message>
      <source>This is not a server address.</source>
      <translation>Esto no es una dirección de servidor.</translation>
    </message>
    <message>
      <source>This is too large.</source>
      <translation>Esto es demasiado grande.</translation>
    </message>
    <message>
      <source>This message is no longer there.</source>
      <translation>Este mensaje ya no está.</translation>
    </message>
    <message>
      <source>This needs LM Studio 0.4 or newer.</source>
      <translation>Esto necesita LM Studio 0.4 o más nuevo.</translation>
    </message>
    <message>
      <source>This package of the program was made without it; there is another one with it, “with-engine” in its name. Or name your own llama-server: {command}</source>
      <translation>Este paquete del programa se hizo sin él; hay otro que lo lleva, con “with-engine” en el nombre. O indicar un llama-server propio: {command}</translation>
    </message>
    <message>
      <source>This preset cannot be kept.</source>
      <translation>Este preajuste no se puede guardar.</translation>
    </message>
    <message>
      <source>This prompt cannot be kept.</source>
      <translation>Este texto no se puede guardar.</translation>
    </message>
    <message>
      <source>This server speaks https, and the address begins with http.</source>
      <translation>Este servidor habla https, y la dirección empieza con http.</translation>
    </message>
    <message>
      <source>This server speaks {spoken}, and the address begins with {typed}.</source>
      <translation>Este servidor habla {spoken}, y la dirección empieza con {typed}.</translation>
    </message>
    <message>
      <source>This system has no key store that keeps secrets (found: {names}).</source>
      <translation>Este sistema no tiene un almacén de claves que guarde secretos (encontrado: {names}).</translation>
    </message>
    <message>
      <source>Those lie in {folder}. What other programs fetched is deleted there.</source>
      <translation>Esos están en {folder}. Lo que descargaron otros programas se elimina allí.</translation>
    </message>
    <message>
      <source>Try a smaller model or context, or unload another model. </source>
      <translation>Probar un modelo o un contexto menor, o quitar otro modelo de la memoria. </translation>
    </message>
    <message>
      <source>Try a smaller model or context. {shown}</source>
      <translation>Probar un modelo o un contexto menor. {shown}</translation>
    </message>
    <message>
      <source>Try again later.</source>
      <translation>Probar más tarde.</translation>
    </message>
    <message>
      <source>Try again, or choose another model.</source>
      <translation>Probar otra vez, o elegir otro modelo.</translation>
    </message>
    <message>
      <source>Try “ollama serve” in a terminal to see why.</source>
      <translation>Probar “ollama serve” en un terminal para ver por qué.</translation>
    </message>
    <message>
      <source>Two of its files have one name.</source>
      <translation>Dos de sus archivos tienen el mismo nombre.</translation>
    </message>
    <message>
      <source>Unexpected error: {kind}.</source>
      <translation>Error inesperado: {kind}.</translation>
    </message>
    <message>
      <source>Unknown authority</source>
      <translation>Autoridad desconocida</translation>
    </message>
    <message>
      <source>Unload it first, then delete it.</source>
      <translation>Quitarlo antes de la memoria y después eliminarlo.</translation>
    </message>
    <message>
      <source>Unload it first.</source>
      <translation>Quitarlo antes de la memoria.</translation>
    </message>
    <message>
      <source>Unload it in LM Studio.</source>
      <translation>Quitarlo de la memoria en LM Studio.</translation>
    </message>
    <message>
      <source>Unlock it or sign in to the desktop, then try again.</source>
      <translation>Desbloquearlo o iniciar sesión en el escritorio y probar otra vez.</translation>
    </message>
    <message>
      <source>Unlock it, then try again.</source>
      <translation>Desbloquearlo y probar otra vez.</translation>
    </message>
    <message>
      <source>Until it can be read, cloud services are off unless one is named for the run.</source>
      <translation>Hasta que se pueda leer, los servicios en la nube están desactivados, salvo que se nombre uno para la ejecución.</translation>
    </message>
    <message>
      <source>Use off or max.</source>
      <translation>Usar off o max.</translation>
    </message>
    <message>
      <source>Use up to 64 letters, digits, spaces and . _ @ -, beginning with a letter or digit.</source>
      <translation>Usar hasta 64 letras, cifras, espacios y . _ @ -, empezando por una letra o cifra.</translation>
    </message>
    <message>
      <source>Value error, {reason}</source>
      <translation>El valor no es válido, {reason}</translation>
    </message>
    <message>
      <source>Wait a little and try again.{when}</source>
      <translation>Esperar un poco y probar otra vez.{when}</translation>
    </message>
    <message>
      <source>Wait for one of them, or stop it.</source>
      <translation>Esperar a uno de ellos, o detenerlo.</translation>
    </message>
    <message>
      <source>What arrived is kept.</source>
      <translation>Lo que llegó se conserva.</translation>
    </message>
    <message>
      <source>What came is kept: the same command goes on from there.</source>
      <translation>Lo que llegó se conserva: la misma orden continúa desde ahí.</translation>
    </message>
    <message>
      <source>What came of {repository} is kept in {folder}. Free some room, then go on.</source>
      <translation>Lo que llegó de {repository} se conserva en {folder}. Liberar sitio y continuar.</translation>
    </message>
    <message>
      <source>Without the proxy its port answers. Add {host} to NO_PROXY in the environment and start again.</source>
      <translation>Sin el proxy su puerto responde. Añadir {host} a NO_PROXY en el entorno y arrancar otra vez.</translation>
    </message>
    <message>
      <source>Write a message first.</source>
      <translation>Escribir antes un mensaje.</translation>
    </message>
    <message>
      <source>Write it like http://localhost:1234 or 192.168.1.13:1234.</source>
      <translation>Escribirlo como http://localhost:1234 o 192.168.1.13:1234.</translation>
    </message>
    <message>
      <source>Write it like postgresql://user:password@host:5432/database, or unset it to use a file of this computer.</source>
      <translation>Escribirla como postgresql://user:password@host:5432/database, o quitarla para usar un archivo de este ordenador.</translation>
    </message>
    <message>
      <source>Write it like sqlite:////folder/gateway.db, or unset it.</source>
      <translation>Escribirla como sqlite:////folder/gateway.db, o quitarla.</translation>
    </message>
    <message>
      <source>Write the address as http://NAME:PASSWORD@HOST:PORT in the environment (HTTP_PROXY, HTTPS_PROXY).</source>
      <translation>Escribir la dirección como http://NAME:PASSWORD@HOST:PORT en el entorno (HTTP_PROXY, HTTPS_PROXY).</translation>
    </message>
    <message>
      <source>Write what all models are to answer.</source>
      <translation>Escribir lo que todos los modelos deben responder.</translation>
    </message>
    <message>
      <source>Write what you want to know.</source>
      <translation>Escribir lo que se quiere saber.</translation>
    </message>
    <message>
      <source>Your own {name}</source>
      <translation>{name} propio</translation>
    </message>
    <message>
      <source>a 7-Zip archive</source>
      <translation>un archivo 7-Zip</translation>
    </message>
    <message>
      <source>a RAR archive</source>
      <translation>un archivo RAR</translation>
    </message>
    <message>
      <source>a Windows program</source>
      <translation>un programa de Windows</translation>
    </message>
    <message>
      <source>a binary file</source>
      <translation>un archivo binario</translation>
    </message>
    <message>
      <source>a chat</source>
      <translation>un chat</translation>
    </message>
    <message>
      <source>a comma and nothing behind it</source>
      <translation>una coma y nada detrás</translation>
    </message>
    <message>
      <source>a compressed file (bzip2)</source>
      <translation>un archivo comprimido (bzip2)</translation>
    </message>
    <message>
      <source>a compressed file (gzip)</source>
      <translation>un archivo comprimido (gzip)</translation>
    </message>
    <message>
      <source>a compressed file (xz)</source>
      <translation>un archivo comprimido (xz)</translation>
    </message>
    <message>
      <source>a favourite</source>
      <translation>un favorito</translation>
    </message>
    <message>
      <source>a full path is wanted</source>
      <translation>se necesita una ruta completa</translation>
    </message>
    <message>
      <source>a model file</source>
      <translation>un archivo de modelo</translation>
    </message>
    <message>
      <source>a part of it is larger than {longest:,} MB</source>
      <translation>una parte ocupa más de {longest:,} MB</translation>
    </message>
    <message>
      <source>a picture in a format that models do not read (BMP)</source>
      <translation>una imagen en un formato que los modelos no leen (BMP)</translation>
    </message>
    <message>
      <source>a picture in a format that models do not read (TIFF)</source>
      <translation>una imagen en un formato que los modelos no leen (TIFF)</translation>
    </message>
    <message>
      <source>a program</source>
      <translation>un programa</translation>
    </message>
    <message>
      <source>a sound file</source>
      <translation>un archivo de sonido</translation>
    </message>
    <message>
      <source>a sound or video file</source>
      <translation>un archivo de sonido o vídeo</translation>
    </message>
    <message>
      <source>a summary of so many messages cannot be</source>
      <translation>no puede haber un resumen de tantos mensajes</translation>
    </message>
    <message>
      <source>a video file</source>
      <translation>un archivo de vídeo</translation>
    </message>
    <message>
      <source>a video, or a picture in a format that models do not read (HEIC)</source>
      <translation>un vídeo, o una imagen en un formato que los modelos no leen (HEIC)</translation>
    </message>
    <message>
      <source>an HTML page</source>
      <translation>una página HTML</translation>
    </message>
    <message>
      <source>an OpenAI-compatible server</source>
      <translation>un servidor compatible con OpenAI</translation>
    </message>
    <message>
      <source>an SQLite database</source>
      <translation>una base de datos SQLite</translation>
    </message>
    <message>
      <source>an empty ZIP archive, or a part of one</source>
      <translation>un archivo ZIP vacío, o una parte de uno</translation>
    </message>
    <message>
      <source>an empty answer</source>
      <translation>una respuesta vacía</translation>
    </message>
    <message>
      <source>another program holds the file</source>
      <translation>otro programa retiene el archivo</translation>
    </message>
    <message>
      <source>another window changed the store meanwhile; export the chats that must be kept</source>
      <translation>otra ventana cambió el almacén entretanto; exportar los chats que haya que conservar</translation>
    </message>
    <message>
      <source>batch size</source>
      <translation>tamaño de lote</translation>
    </message>
    <message>
      <source>begins like a ZIP archive or an Office document, and is damaged. It was not attached</source>
      <translation>empieza como un archivo ZIP o un documento de Office y está dañado. No se adjuntó</translation>
    </message>
    <message>
      <source>cannot be read or holds no certificate.</source>
      <translation>no se puede leer o no contiene ningún certificado.</translation>
    </message>
    <message>
      <source>cannot be read: its folder does not answer.</source>
      <translation>no se puede leer: su carpeta no responde.</translation>
    </message>
    <message>
      <source>cannot read pictures</source>
      <translation>no puede leer imágenes</translation>
    </message>
    <message>
      <source>cannot use tools</source>
      <translation>no puede usar herramientas</translation>
    </message>
    <message>
      <source>code</source>
      <translation>código</translation>
    </message>
    <message>
      <source>connection failed</source>
      <translation>la conexión falló</translation>
    </message>
    <message>
      <source>connection refused</source>
      <translation>conexión rechazada</translation>
    </message>
    <message>
      <source>context length</source>
      <translation>longitud del contexto</translation>
    </message>
    <message>
      <source>costs little</source>
      <translation>cuesta poco</translation>
    </message>
    <message>
      <source>costs nothing</source>
      <translation>no cuesta nada</translation>
    </message>
    <message>
      <source>fails least</source>
      <translation>es el que menos falla</translation>
    </message>
    <message>
      <source>fast, ≈ {seconds}</source>
      <translation>rápido, ≈ {seconds}</translation>
    </message>
    <message>
      <source>few votes yet</source>
      <translation>aún pocos votos</translation>
    </message>
    <message>
      <source>first by priority</source>
      <translation>el primero por prioridad</translation>
    </message>
    <message>
      <source>first in the list</source>
      <translation>el primero de la lista</translation>
    </message>
    <message>
      <source>has no text that can be read</source>
      <translation>no tiene texto que se pueda leer</translation>
    </message>
    <message>
      <source>has no text that can be read; perhaps its pages are pictures</source>
      <translation>no tiene texto que se pueda leer; quizá sus páginas son imágenes</translation>
    </message>
    <message>
      <source>has read this chat</source>
      <translation>ha leído este chat</translation>
    </message>
    <message>
      <source>has: is file or image, not {value}</source>
      <translation>has: es file o image, no {value}</translation>
    </message>
    <message>
      <source>is a ZIP archive. Unpack it, and attach the files in it</source>
      <translation>es un archivo ZIP. Descomprimirlo y adjuntar los archivos que contiene</translation>
    </message>
    <message>
      <source>is a binary workbook (.xlsb). Save it as .xlsx, and attach that</source>
      <translation>es un libro binario (.xlsb). Guardarlo como .xlsx y adjuntar ese</translation>
    </message>
    <message>
      <source>is a device, not a file</source>
      <translation>es un dispositivo, no un archivo</translation>
    </message>
    <message>
      <source>is a folder. Attach the files in it</source>
      <translation>es una carpeta. Adjuntar los archivos que contiene</translation>
    </message>
    <message>
      <source>is a pipe, not a file</source>
      <translation>es una tubería, no un archivo</translation>
    </message>
    <message>
      <source>is a socket, not a file</source>
      <translation>es un socket, no un archivo</translation>
    </message>
    <message>
      <source>is an Office document of the old kind (.doc, .xls, .ppt). Save it as .docx, .xlsx or .pptx, and attach that</source>
      <translation>es un documento de Office del tipo antiguo (.doc, .xls, .ppt). Guardarlo como .docx, .xlsx o .pptx y adjuntar ese</translation>
    </message>
    <message>
      <source>is damaged, so it was not attached</source>
      <translation>está dañado, así que no se adjuntó</translation>
    </message>
    <message>
      <source>is not a file</source>
      <translation>no es un archivo</translation>
    </message>
    <message>
      <source>is not a file.</source>
      <translation>no es un archivo.</translation>
    </message>
    <message>
      <source>is protected by a password, so it cannot be read. Take the password off, and attach it again</source>
      <translation>está protegido con una contraseña y no se puede leer. Quitarle la contraseña y adjuntarlo otra vez</translation>
    </message>
    <message>
      <source>is unpacked larger than any document, so it was not attached</source>
      <translation>descomprimido es más grande que cualquier documento, así que no se adjuntó</translation>
    </message>
    <message>
      <source>is: knows archived and pinned, not {value}</source>
      <translation>is: conoce archived y pinned, no {value}</translation>
    </message>
    <message>
      <source>it cannot be read</source>
      <translation>no se puede leer</translation>
    </message>
    <message>
      <source>it could not be read: {reason}</source>
      <translation>no se pudo leer: {reason}</translation>
    </message>
    <message>
      <source>it did not answer</source>
      <translation>no respondió</translation>
    </message>
    <message>
      <source>it does not end where it should</source>
      <translation>no termina donde debería</translation>
    </message>
    <message>
      <source>it ended with status {exit_status}</source>
      <translation>terminó con el estado {exit_status}</translation>
    </message>
    <message>
      <source>it holds a query (“?”) or a fragment (“#”)</source>
      <translation>contiene una consulta (“?”) o un fragmento (“#”)</translation>
    </message>
    <message>
      <source>it holds a user name or a password; keys are entered in their own field</source>
      <translation>contiene un nombre de usuario o una contraseña; las claves se escriben en su propio campo</translation>
    </message>
    <message>
      <source>it holds no conversations</source>
      <translation>no contiene conversaciones</translation>
    </message>
    <message>
      <source>it holds spaces, control characters or backslashes</source>
      <translation>contiene espacios, caracteres de control o barras inversas</translation>
    </message>
    <message>
      <source>it is a cloud metadata address</source>
      <translation>es una dirección de metadatos de la nube</translation>
    </message>
    <message>
      <source>it is a link-local address</source>
      <translation>es una dirección de enlace local</translation>
    </message>
    <message>
      <source>it is a multicast or broadcast address</source>
      <translation>es una dirección de multidifusión o difusión</translation>
    </message>
    <message>
      <source>it is an export of another program</source>
      <translation>es una exportación de otro programa</translation>
    </message>
    <message>
      <source>it is an export of version {version!r:.40}; this program reads up to {known}</source>
      <translation>es una exportación de la versión {version!r:.40}; este programa lee hasta la {known}</translation>
    </message>
    <message>
      <source>it is compressed although that was not asked for</source>
      <translation>está comprimida aunque no se pidió</translation>
    </message>
    <message>
      <source>it is empty</source>
      <translation>está vacío</translation>
    </message>
    <message>
      <source>it is larger than {most} MB</source>
      <translation>ocupa más de {most} MB</translation>
    </message>
    <message>
      <source>it is no export of this program, ChatGPT, Claude, Open WebUI or LM Studio</source>
      <translation>no es una exportación de este programa, ChatGPT, Claude, Open WebUI ni LM Studio</translation>
    </message>
    <message>
      <source>it is no manifest</source>
      <translation>no es un manifiesto</translation>
    </message>
    <message>
      <source>it is not JSON: {reason}</source>
      <translation>no es JSON: {reason}</translation>
    </message>
    <message>
      <source>it is too long</source>
      <translation>es demasiado largo</translation>
    </message>
    <message>
      <source>it names a file that cannot be</source>
      <translation>nombra un archivo que no puede ser</translation>
    </message>
    <message>
      <source>it names a network interface (“%”)</source>
      <translation>nombra una interfaz de red (“%”)</translation>
    </message>
    <message>
      <source>it names no file</source>
      <translation>no nombra ningún archivo</translation>
    </message>
    <message>
      <source>it names no host</source>
      <translation>no nombra ningún host</translation>
    </message>
    <message>
      <source>it points elsewhere ({target}); nothing was sent there</source>
      <translation>remite a otro sitio ({target}); allí no se envió nada</translation>
    </message>
    <message>
      <source>it was ended by {name}</source>
      <translation>lo terminó {name}</translation>
    </message>
    <message>
      <source>it was written by a newer version of this app</source>
      <translation>lo escribió una versión más nueva de esta aplicación</translation>
    </message>
    <message>
      <source>its IPv4 address is not one</source>
      <translation>su dirección IPv4 no lo es</translation>
    </message>
    <message>
      <source>its IPv6 address is not one</source>
      <translation>su dirección IPv6 no lo es</translation>
    </message>
    <message>
      <source>its brackets do not close</source>
      <translation>sus corchetes no se cierran</translation>
    </message>
    <message>
      <source>its certificate is not trusted ({verify_message})</source>
      <translation>su certificado no es de confianza ({verify_message})</translation>
    </message>
    <message>
      <source>its chats could not be brought into the form of this version ({kind})</source>
      <translation>sus chats no se pudieron pasar a la forma de esta versión ({kind})</translation>
    </message>
    <message>
      <source>its headers are longer than any server's</source>
      <translation>sus cabeceras son más largas que las de cualquier servidor</translation>
    </message>
    <message>
      <source>its host name is not one</source>
      <translation>su nombre de host no lo es</translation>
    </message>
    <message>
      <source>its path holds “.” or “..”</source>
      <translation>su ruta contiene “.” o “..”</translation>
    </message>
    <message>
      <source>its port is not a number from 1 to 65535</source>
      <translation>su puerto no es un número del 1 al 65535</translation>
    </message>
    <message>
      <source>its price is not known, and there is a budget</source>
      <translation>su precio no se conoce, y hay un presupuesto</translation>
    </message>
    <message>
      <source>its server is not reachable</source>
      <translation>no se llega a su servidor</translation>
    </message>
    <message>
      <source>its window of {window} is too small for {needed}</source>
      <translation>su ventana de {window} es demasiado pequeña para {needed}</translation>
    </message>
    <message>
      <source>llama.cpp in {library}</source>
      <translation>llama.cpp en {library}</translation>
    </message>
    <message>
      <source>llama.cpp in {library} {version}</source>
      <translation>llama.cpp en {library} {version}</translation>
    </message>
    <message>
      <source>lms did not import {name} in time.</source>
      <translation>lms no importó {name} a tiempo.</translation>
    </message>
    <message>
      <source>lms did not say why.</source>
      <translation>lms no dijo por qué.</translation>
    </message>
    <message>
      <source>lms gave no reason.</source>
      <translation>lms no dio ningún motivo.</translation>
    </message>
    <message>
      <source>lms said: “{said}”</source>
      <translation>lms dijo: “{said}”</translation>
    </message>
    <message>
      <source>loaded</source>
      <translation>cargado</translation>
    </message>
    <message>
      <source>localhost is {here} itself here, not {around}. If the server runs there: {opening}</source>
      <translation>localhost es aquí {here} mismo, no {around}. Si el servidor está allí: {opening}</translation>
    </message>
    <message>
      <source>localhost is {here} itself here. The server runs {outside} and answers at {address}.</source>
      <translation>localhost es aquí {here} mismo. El servidor está {outside} y responde en {address}.</translation>
    </message>
    <message>
      <source>message {number} has no place: its parent does not come before it</source>
      <translation>el mensaje {number} no tiene sitio: su antecesor no está delante</translation>
    </message>
    <message>
      <source>name not found</source>
      <translation>nombre no encontrado</translation>
    </message>
    <message>
      <source>nested too deep</source>
      <translation>anidado demasiado hondo</translation>
    </message>
    <message>
      <source>no answer</source>
      <translation>sin respuesta</translation>
    </message>
    <message>
      <source>no answer within {connect_seconds:g} s</source>
      <translation>sin respuesta en {connect_seconds:g} s</translation>
    </message>
    <message>
      <source>no chat has the tag “{tag}”</source>
      <translation>ningún chat tiene la etiqueta “{tag}”</translation>
    </message>
    <message>
      <source>no folder is called “{folder}”</source>
      <translation>ninguna carpeta se llama “{folder}”</translation>
    </message>
    <message>
      <source>no model was reachable a moment ago</source>
      <translation>hace un momento no se llegaba a ningún modelo</translation>
    </message>
    <message>
      <source>no route</source>
      <translation>sin ruta</translation>
    </message>
    <message>
      <source>no secure connection came about</source>
      <translation>no se estableció una conexión segura</translation>
    </message>
    <message>
      <source>no server can have that address</source>
      <translation>ningún servidor puede tener esa dirección</translation>
    </message>
    <message>
      <source>no server is reachable</source>
      <translation>no se llega a ningún servidor</translation>
    </message>
    <message>
      <source>no votes</source>
      <translation>sin votos</translation>
    </message>
    <message>
      <source>no votes yet</source>
      <translation>aún sin votos</translation>
    </message>
    <message>
      <source>no window has room for {count} tokens</source>
      <translation>ninguna ventana tiene sitio para {count} tokens</translation>
    </message>
    <message>
      <source>no {quantization}</source>
      <translation>ningún {quantization}</translation>
    </message>
    <message>
      <source>none can read pictures</source>
      <translation>ninguno puede leer imágenes</translation>
    </message>
    <message>
      <source>none can use tools</source>
      <translation>ninguno puede usar herramientas</translation>
    </message>
    <message>
      <source>not JSON</source>
      <translation>no es JSON</translation>
    </message>
    <message>
      <source>on Windows</source>
      <translation>en Windows</translation>
    </message>
    <message>
      <source>on the computer around this container</source>
      <translation>en el ordenador que rodea este contenedor</translation>
    </message>
    <message>
      <source>only http and https are spoken</source>
      <translation>solo se habla http y https</translation>
    </message>
    <message>
      <source>only https protects what is fetched on its way</source>
      <translation>solo https protege por el camino lo que se descarga</translation>
    </message>
    <message>
      <source>pictures</source>
      <translation>imágenes</translation>
    </message>
    <message>
      <source>price unknown</source>
      <translation>precio desconocido</translation>
    </message>
    <message>
      <source>prices are not known, and there is a budget</source>
      <translation>los precios no se conocen, y hay un presupuesto</translation>
    </message>
    <message>
      <source>proxies of the kind {scheme!r} are not spoken</source>
      <translation>no se hablan proxies del tipo {scheme!r}</translation>
    </message>
    <message>
      <source>quick to load</source>
      <translation>se carga rápido</translation>
    </message>
    <message>
      <source>role: is user or assistant, not {value}</source>
      <translation>role: es user o assistant, no {value}</translation>
    </message>
    <message>
      <source>several models, and none that is usually taken</source>
      <translation>varios modelos, y ninguno que se tome normalmente</translation>
    </message>
    <message>
      <source>signal {exit_status}</source>
      <translation>señal {exit_status}</translation>
    </message>
    <message>
      <source>simulated</source>
      <translation>simulado</translation>
    </message>
    <message>
      <source>sure to be able to</source>
      <translation>seguro que puede</translation>
    </message>
    <message>
      <source>that computer</source>
      <translation>ese ordenador</translation>
    </message>
    <message>
      <source>the budget is used up</source>
      <translation>el presupuesto está agotado</translation>
    </message>
    <message>
      <source>the computer around it</source>
      <translation>el ordenador que lo rodea</translation>
    </message>
    <message>
      <source>the connection closed before an answer began</source>
      <translation>la conexión se cerró antes de que empezara una respuesta</translation>
    </message>
    <message>
      <source>the connection closed before the server said it was done</source>
      <translation>la conexión se cerró antes de que el servidor dijera que había terminado</translation>
    </message>
    <message>
      <source>the disk is full</source>
      <translation>el disco está lleno</translation>
    </message>
    <message>
      <source>the disk reported an error</source>
      <translation>el disco informó de un error</translation>
    </message>
    <message>
      <source>the file cannot be opened</source>
      <translation>el archivo no se puede abrir</translation>
    </message>
    <message>
      <source>the file is damaged</source>
      <translation>el archivo está dañado</translation>
    </message>
    <message>
      <source>the file is larger than 4 MB</source>
      <translation>el archivo ocupa más de 4 MB</translation>
    </message>
    <message>
      <source>the file is not a database of this program or is damaged</source>
      <translation>el archivo no es una base de datos de este programa o está dañado</translation>
    </message>
    <message>
      <source>the file may not be opened</source>
      <translation>no hay permiso para abrir el archivo</translation>
    </message>
    <message>
      <source>the file must hold one JSON object</source>
      <translation>el archivo tiene que contener un objeto JSON</translation>
    </message>
    <message>
      <source>the file or its folder is read-only</source>
      <translation>el archivo o su carpeta es de solo lectura</translation>
    </message>
    <message>
      <source>the list of models</source>
      <translation>la lista de modelos</translation>
    </message>
    <message>
      <source>the only model</source>
      <translation>el único modelo</translation>
    </message>
    <message>
      <source>the only model that can</source>
      <translation>el único modelo que puede</translation>
    </message>
    <message>
      <source>the provider</source>
      <translation>el proveedor</translation>
    </message>
    <message>
      <source>the proxy did not let the request through</source>
      <translation>el proxy no dejó pasar la petición</translation>
    </message>
    <message>
      <source>the stream ended without a finish reason</source>
      <translation>el flujo terminó sin motivo de fin</translation>
    </message>
    <message>
      <source>the stream ended without its last line</source>
      <translation>el flujo terminó sin su última línea</translation>
    </message>
    <message>
      <source>there was no time to read it</source>
      <translation>no hubo tiempo de leerlo</translation>
    </message>
    <message>
      <source>this computer</source>
      <translation>este ordenador</translation>
    </message>
    <message>
      <source>this computer, for this server</source>
      <translation>este ordenador, para este servidor</translation>
    </message>
    <message>
      <source>this container</source>
      <translation>este contenedor</translation>
    </message>
    <message>
      <source>this folder's file system cannot lock files; choose one on a disk of this computer (--home)</source>
      <translation>el sistema de archivos de esta carpeta no puede bloquear archivos; elegir una en un disco de este equipo (--home)</translation>
    </message>
    <message>
      <source>time in memory</source>
      <translation>tiempo en memoria</translation>
    </message>
    <message>
      <source>tools</source>
      <translation>herramientas</translation>
    </message>
    <message>
      <source>waiting for another try</source>
      <translation>a la espera de otro intento</translation>
    </message>
    <message>
      <source>would pass the budget</source>
      <translation>pasaría del presupuesto</translation>
    </message>
    <message>
      <source>xdg-mime did not take it. Choose the program in the system's settings.</source>
      <translation>xdg-mime no lo aceptó. Elegir el programa en los ajustes del sistema.</translation>
    </message>
    <message>
      <source>your votes prefer it</source>
      <translation>es el preferido de los votos</translation>
    </message>
    <message>
      <source>{count} chat models</source>
      <translation>{count} modelos de chat</translation>
    </message>
    <message>
      <source>{count} loaded</source>
      <translation>{count} cargados</translation>
    </message>
    <message>
      <source>{count} tokens</source>
      <translation>{count} tokens</translation>
    </message>
    <message>
      <source>{end}.{said}{kept} The next message starts it again.</source>
      <translation>{end}.{said}{kept} El próximo mensaje lo arranca otra vez.</translation>
    </message>
    <message>
      <source>{entry_file} could not be written: {reason}.</source>
      <translation>{entry_file} no se pudo escribir: {reason}.</translation>
    </message>
    <message>
      <source>{failed} of {total} answers failed</source>
      <translation>fallaron {failed} de {total} respuestas</translation>
    </message>
    <message>
      <source>{file} cannot be read: {reason}.</source>
      <translation>{file} no se puede leer: {reason}.</translation>
    </message>
    <message>
      <source>{file} has more than {most:,} prompts.</source>
      <translation>{file} tiene más de {most:,} mensajes.</translation>
    </message>
    <message>
      <source>{file} has no prompts.</source>
      <translation>{file} no tiene mensajes.</translation>
    </message>
    <message>
      <source>{file} holds a key for {name}. It could not be moved: {reason}</source>
      <translation>{file} contiene una clave para {name}. No se pudo trasladar: {reason}</translation>
    </message>
    <message>
      <source>{file} holds a key for {name}. It is used, but it could not be moved: this system has no key store.</source>
      <translation>{file} contiene una clave para {name}. Se usa, pero no se pudo trasladar: este sistema no tiene almacén de claves.</translation>
    </message>
    <message>
      <source>{file} is larger than 64 MB.</source>
      <translation>{file} ocupa más de 64 MB.</translation>
    </message>
    <message>
      <source>{file} is not UTF-8 text.</source>
      <translation>{file} no es texto UTF-8.</translation>
    </message>
    <message>
      <source>{hit!r} is neither 'ollama' nor 'huggingface'</source>
      <translation>{hit!r} no es 'ollama' ni 'huggingface'</translation>
    </message>
    <message>
      <source>{host} cannot be reached.</source>
      <translation>No se puede llegar a {host}.</translation>
    </message>
    <message>
      <source>{host} closed the connection before it answered.</source>
      <translation>{host} cerró la conexión antes de responder.</translation>
    </message>
    <message>
      <source>{host} did not answer within {seconds:g} s.</source>
      <translation>{host} no respondió en {seconds:g} s.</translation>
    </message>
    <message>
      <source>{host} has been silent for {seconds:g} s.</source>
      <translation>{host} lleva {seconds:g} s en silencio.</translation>
    </message>
    <message>
      <source>{host} is an address, nothing to look up</source>
      <translation>{host} es una dirección, no hay nada que buscar</translation>
    </message>
    <message>
      <source>{host} is on your own network, but is asked for through the proxy {proxy}.</source>
      <translation>{host} está en la red propia, pero se le pregunta a través del proxy {proxy}.</translation>
    </message>
    <message>
      <source>{host} points to {shown} instead of answering.</source>
      <translation>{host} remite a {shown} en lugar de responder.</translation>
    </message>
    <message>
      <source>{host} sent something that is not an answer.</source>
      <translation>{host} envió algo que no es una respuesta.</translation>
    </message>
    <message>
      <source>{host} shows another server's certificate.</source>
      <translation>{host} muestra el certificado de otro servidor.</translation>
    </message>
    <message>
      <source>{host} signed its certificate itself.</source>
      <translation>{host} firmó él mismo su certificado.</translation>
    </message>
    <message>
      <source>{host}:{port} cannot be listened on.</source>
      <translation>No se puede escuchar en {host}:{port}.</translation>
    </message>
    <message>
      <source>{hub_url} sent something that is not an answer of a model hub.</source>
      <translation>{hub_url} envió algo que no es una respuesta de un repositorio de modelos.</translation>
    </message>
    <message>
      <source>{key!r} is not a provider id: use letters, digits, - and _</source>
      <translation>{key!r} no es un id de proveedor: usar letras, cifras, - y _</translation>
    </message>
    <message>
      <source>{kind}: the log has more.</source>
      <translation>{kind}: el registro tiene más.</translation>
    </message>
    <message>
      <source>{least} to {most} models can be compared, not {count}.</source>
      <translation>Se pueden comparar de {least} a {most} modelos, no {count}.</translation>
    </message>
    <message>
      <source>{message} {product} runs inside the program that uses it.</source>
      <translation>{message} {product} funciona dentro del programa que lo usa.</translation>
    </message>
    <message>
      <source>{missing} are still to come, {free} are free in {parent}. Free some, then go on.</source>
      <translation>Faltan por llegar {missing}; en {parent} hay libres {free}. Liberar sitio y continuar.</translation>
    </message>
    <message>
      <source>{model!r} is no model that can be fetched.</source>
      <translation>{model!r} no es un modelo que se pueda descargar.</translation>
    </message>
    <message>
      <source>{model!r} is not there after its download.</source>
      <translation>{model!r} no está tras su descarga.</translation>
    </message>
    <message>
      <source>{model!r} was downloaded, but which model it became cannot be told.</source>
      <translation>{model!r} se descargó, pero no se sabe en qué modelo se convirtió.</translation>
    </message>
    <message>
      <source>{model_name} cannot read pictures.</source>
      <translation>{model_name} no puede leer imágenes.</translation>
    </message>
    <message>
      <source>{model} cannot do this.</source>
      <translation>{model} no puede hacer esto.</translation>
    </message>
    <message>
      <source>{model} could not be loaded.</source>
      <translation>{model} no se pudo cargar.</translation>
    </message>
    <message>
      <source>{most} broken files are kept already; move some away</source>
      <translation>ya se conservan {most} archivos rotos; apartar algunos</translation>
    </message>
    <message>
      <source>{most} downloads are waiting already.</source>
      <translation>Ya hay {most} descargas en espera.</translation>
    </message>
    <message>
      <source>{most} models are answering already.</source>
      <translation>Ya están respondiendo {most} modelos.</translation>
    </message>
    <message>
      <source>{msg} at byte {base:,}</source>
      <translation>{msg} en el byte {base:,}</translation>
    </message>
    <message>
      <source>{name!r} is not there after its download.</source>
      <translation>{name!r} no está tras su descarga.</translation>
    </message>
    <message>
      <source>{name} allows no more requests for now.</source>
      <translation>{name} no permite más peticiones por ahora.</translation>
    </message>
    <message>
      <source>{name} answers at {address}.</source>
      <translation>{name} responde en {address}.</translation>
    </message>
    <message>
      <source>{name} answers there, not {wanted}.</source>
      <translation>Allí responde {name}, no {wanted}.</translation>
    </message>
    <message>
      <source>{name} answers, but has no list of models at this address.</source>
      <translation>{name} responde, pero no tiene lista de modelos en esta dirección.</translation>
    </message>
    <message>
      <source>{name} asks for a key.</source>
      <translation>{name} pide una clave.</translation>
    </message>
    <message>
      <source>{name} blocked this answer.</source>
      <translation>{name} bloqueó esta respuesta.</translation>
    </message>
    <message>
      <source>{name} cannot be fetched.</source>
      <translation>{name} no se puede descargar.</translation>
    </message>
    <message>
      <source>{name} cannot be read: its folder does not answer.</source>
      <translation>{name} no se puede leer: su carpeta no responde.</translation>
    </message>
    <message>
      <source>{name} cannot be used: {reason} </source>
      <translation>{name} no se puede usar: {reason} </translation>
    </message>
    <message>
      <source>{name} changed and can no longer be read, so it was not overwritten.</source>
      <translation>{name} cambió y ya no se puede leer, así que no se sobrescribió.</translation>
    </message>
    <message>
      <source>{name} changed and holds no JSON object any more, so it was not overwritten.</source>
      <translation>{name} cambió y ya no contiene un objeto JSON, así que no se sobrescribió.</translation>
    </message>
    <message>
      <source>{name} could not be deleted.</source>
      <translation>{name} no se pudo eliminar.</translation>
    </message>
    <message>
      <source>{name} could not be read, so it was not overwritten.</source>
      <translation>{name} no se pudo leer, así que no se sobrescribió.</translation>
    </message>
    <message>
      <source>{name} could not be started: {reason}.</source>
      <translation>{name} no se pudo iniciar: {reason}.</translation>
    </message>
    <message>
      <source>{name} did not accept the request.</source>
      <translation>{name} no aceptó la petición.</translation>
    </message>
    <message>
      <source>{name} did not list its models within {list_seconds:g} s.</source>
      <translation>{name} no dio la lista de sus modelos en {list_seconds:g} s.</translation>
    </message>
    <message>
      <source>{name} does not let this computer in.</source>
      <translation>{name} no deja entrar a este ordenador.</translation>
    </message>
    <message>
      <source>{name} does not offer this.</source>
      <translation>{name} no ofrece esto.</translation>
    </message>
    <message>
      <source>{name} failed while answering.</source>
      <translation>{name} falló mientras respondía.</translation>
    </message>
    <message>
      <source>{name} found no model file on this computer.</source>
      <translation>{name} no encontró ningún archivo de modelo en este ordenador.</translation>
    </message>
    <message>
      <source>{name} has been silent for {list_seconds:.0f} s.</source>
      <translation>{name} lleva {list_seconds:.0f} s en silencio.</translation>
    </message>
    <message>
      <source>{name} has no address. Write it like http://localhost:1234 or 192.168.1.13:1234.</source>
      <translation>{name} no tiene dirección. Escribirla como http://localhost:1234 o 192.168.1.13:1234.</translation>
    </message>
    <message>
      <source>{name} has no chat model yet.</source>
      <translation>{name} aún no tiene ningún modelo de chat.</translation>
    </message>
    <message>
      <source>{name} has {what}.</source>
      <translation>{name} tiene {what}.</translation>
    </message>
    <message>
      <source>{name} holds a key for {instance_id}. It stays there: {message}</source>
      <translation>{name} contiene una clave para {instance_id}. Se queda ahí: {message}</translation>
    </message>
    <message>
      <source>{name} is loaded.</source>
      <translation>{name} está cargado.</translation>
    </message>
    <message>
      <source>{name} is no longer configured.</source>
      <translation>{name} ya no está configurado.</translation>
    </message>
    <message>
      <source>{name} is no model file that can be used.</source>
      <translation>{name} no es un archivo de modelo que se pueda usar.</translation>
    </message>
    <message>
      <source>{name} is not base64</source>
      <translation>{name} no es base64</translation>
    </message>
    <message>
      <source>{name} is not ready yet.</source>
      <translation>{name} aún no está listo.</translation>
    </message>
    <message>
      <source>{name} is not running.</source>
      <translation>{name} no está en marcha.</translation>
    </message>
    <message>
      <source>{name} is not the picture that it is said to be</source>
      <translation>{name} no es la imagen que dice ser</translation>
    </message>
    <message>
      <source>{name} is out of memory or overloaded.</source>
      <translation>{name} no tiene memoria o está sobrecargado.</translation>
    </message>
    <message>
      <source>{name} is running, but has no model yet.</source>
      <translation>{name} está en marcha, pero aún no tiene ningún modelo.</translation>
    </message>
    <message>
      <source>{name} is running, but none of its models can chat.</source>
      <translation>{name} está en marcha, pero ninguno de sus modelos puede chatear.</translation>
    </message>
    <message>
      <source>{name} is still loading its model.</source>
      <translation>{name} todavía está cargando su modelo.</translation>
    </message>
    <message>
      <source>{name} is switched off.</source>
      <translation>{name} está desactivado.</translation>
    </message>
    <message>
      <source>{name} knows the key, but does not allow this with it.</source>
      <translation>{name} conoce la clave, pero no permite esto con ella.</translation>
    </message>
    <message>
      <source>{name} refused the key.</source>
      <translation>{name} rechazó la clave.</translation>
    </message>
    <message>
      <source>{name} sent something that is not an answer.</source>
      <translation>{name} envió algo que no es una respuesta.</translation>
    </message>
    <message>
      <source>{name} was not loaded within {seconds:.0f} s.</source>
      <translation>{name} no se cargó en {seconds:.0f} s.</translation>
    </message>
    <message>
      <source>{name}'s server is off, or it uses another port.</source>
      <translation>El servidor de {name} está apagado, o usa otro puerto.</translation>
    </message>
    <message>
      <source>{name}: a picture has no text, and anything else has some</source>
      <translation>{name}: una imagen no tiene texto, y todo lo demás sí</translation>
    </message>
    <message>
      <source>{name}: needs a date such as 2026-11-21 or 2026-11, not {value}</source>
      <translation>{name}: necesita una fecha como 2026-11-21 o 2026-11, no {value}</translation>
    </message>
    <message>
      <source>{n} bytes</source>
      <translation>{n} bytes</translation>
    </message>
    <message>
      <source>{origin} sent something that is not an answer.</source>
      <translation>{origin} envió algo que no es una respuesta.</translation>
    </message>
    <message>
      <source>{path} broke off.</source>
      <translation>{path} se interrumpió.</translation>
    </message>
    <message>
      <source>{path} could not be looked into: {reason}</source>
      <translation>No se pudo mirar en {path}: {reason}</translation>
    </message>
    <message>
      <source>{path} did not arrive as it should.</source>
      <translation>{path} no llegó como debía.</translation>
    </message>
    <message>
      <source>{product} at {origin} runs on another computer and cannot be started from here.</source>
      <translation>{product} en {origin} está en otro ordenador y no se puede iniciar desde aquí.</translation>
    </message>
    <message>
      <source>{product} at {origin} runs on another computer and cannot be stopped from here.</source>
      <translation>{product} en {origin} está en otro ordenador y no se puede detener desde aquí.</translation>
    </message>
    <message>
      <source>{product} cannot fetch {name}.</source>
      <translation>{product} no puede descargar {name}.</translation>
    </message>
    <message>
      <source>{product} cannot set: GPU share.</source>
      <translation>{product} no puede fijar: parte de la GPU.</translation>
    </message>
    <message>
      <source>{product} deletes its models itself.</source>
      <translation>{product} elimina sus modelos por su cuenta.</translation>
    </message>
    <message>
      <source>{product} takes the window with each request.</source>
      <translation>{product} toma la ventana con cada petición.</translation>
    </message>
    <message>
      <source>{quoted} What arrived is kept.</source>
      <translation>{quoted} Lo que llegó se conserva.</translation>
    </message>
    <message>
      <source>{reason} ({place}). The file is untouched.</source>
      <translation>{reason} ({place}). El archivo no se ha tocado.</translation>
    </message>
    <message>
      <source>{reason} Check {variable}.</source>
      <translation>{reason} Comprobar {variable}.</translation>
    </message>
    <message>
      <source>{reason} Download it again.</source>
      <translation>{reason} Descargarlo otra vez.</translation>
    </message>
    <message>
      <source>{reason}. Another program may have it open. It lies in {parent}.</source>
      <translation>{reason}. Quizá otro programa lo tiene abierto. Está en {parent}.</translation>
    </message>
    <message>
      <source>{reason}. Take a smaller model or window, or close other programs.</source>
      <translation>{reason}. Elegir un modelo o una ventana menor, o cerrar otros programas.</translation>
    </message>
    <message>
      <source>{reason}. Unload another model or take a smaller window.</source>
      <translation>{reason}. Quitar otro modelo de la memoria o elegir una ventana menor.</translation>
    </message>
    <message>
      <source>{repository} cannot be saved.</source>
      <translation>{repository} no se puede guardar.</translation>
    </message>
    <message>
      <source>{repository} has no {quantization}.</source>
      <translation>{repository} no tiene {quantization}.</translation>
    </message>
    <message>
      <source>{repository} is being fetched already.</source>
      <translation>{repository} ya se está descargando.</translation>
    </message>
    <message>
      <source>{seconds:.0f} min</source>
      <translation>{seconds:.0f} min</translation>
    </message>
    <message>
      <source>{shown!r} is not a valid name.</source>
      <translation>{shown!r} no es un nombre válido.</translation>
    </message>
    <message>
      <source>{silent} does not answer. </source>
      <translation>{silent} no responde. </translation>
    </message>
    <message>
      <source>{source}: line {line}, column {column}</source>
      <translation>{source}: línea {line}, columna {column}</translation>
    </message>
    <message>
      <source>{text!r} is not a time such as 30s, 2m or 500ms</source>
      <translation>{text!r} no es un tiempo como 30s, 2m o 500ms</translation>
    </message>
    <message>
      <source>{used_tokens} of {window_tokens} tokens.</source>
      <translation>{used_tokens} de {window_tokens} tokens.</translation>
    </message>
    <message>
      <source>{user_file} could not be written.</source>
      <translation>{user_file} no se pudo escribir.</translation>
    </message>
    <message>
      <source>{variable} has more than one @.</source>
      <translation>{variable} tiene más de un @.</translation>
    </message>
    <message>
      <source>{variable} is not an address of a database.</source>
      <translation>{variable} no es una dirección de una base de datos.</translation>
    </message>
    <message>
      <source>{variable} names a database of another kind than PostgreSQL.</source>
      <translation>{variable} indica una base de datos de otro tipo que PostgreSQL.</translation>
    </message>
    <message>
      <source>{variable} names no file.</source>
      <translation>{variable} no indica ningún archivo.</translation>
    </message>
    <message>
      <source>{what} at {address}. Is another program on this port?</source>
      <translation>{what} en {address}. ¿Hay otro programa en este puerto?</translation>
    </message>
    <message>
      <source>{what}. Check the address or the network.</source>
      <translation>{what}. Comprobar la dirección o la red.</translation>
    </message>
    <message>
      <source>{what}. What arrived is kept.</source>
      <translation>{what}. Lo que llegó se conserva.</translation>
    </message>
    <message>
      <source>{why} Shorten the chat, or choose another model.</source>
      <translation>{why} Acortar el chat, o elegir otro modelo.</translation>
    </message>
    <message>
      <source>{why}: it was deleted. Fetch it again; if that happens again, something on the way changes it.</source>
      <translation>{why}: se eliminó. Descargarlo otra vez; si vuelve a ocurrir, algo lo cambia por el camino.</translation>
    </message>
    <message>
      <source>{why}It looks for GGUF files in its own folder, in those of LM Studio, Ollama and Hugging Face, and in those of the setting provider_configurations.{instance_id}.folders. “{command}” looks for one to fetch.</source>
      <translation>{why}Busca archivos GGUF en su propia carpeta, en las de LM Studio, Ollama y Hugging Face, y en las del ajuste provider_configurations.{instance_id}.folders. “{command}” busca uno que descargar.</translation>
    </message>
    <message>
      <source>{won} of {judged} votes</source>
      <translation>{won} de {judged} votos</translation>
    </message>
    <message>
      <source>“{command}” lists the files that were found.</source>
      <translation>“{command}” da la lista de los archivos encontrados.</translation>
    </message>
    <message>
      <source>“{name}” cannot be read: {reason}.</source>
      <translation>“{name}” no se puede leer: {reason}.</translation>
    </message>
    <message>
      <source>“{name}” could not be read within {seconds:g} s, so it was not attached.</source>
      <translation>“{name}” no se pudo leer en {seconds:g} s, así que no se adjuntó.</translation>
    </message>
    <message>
      <source>“{name}” has {size:,.0f} MB. Files of up to {most} MB can be attached.</source>
      <translation>“{name}” tiene {size:,.0f} MB. Se pueden adjuntar archivos de hasta {most} MB.</translation>
    </message>
    <message>
      <source>“{name}” has {width:,} × {height:,} pixels, more than the {most} million a picture may have.</source>
      <translation>“{name}” tiene {width:,} × {height:,} píxeles, más de los {most} millones que puede tener una imagen.</translation>
    </message>
    <message>
      <source>“{name}” is a damaged picture, so it was not attached.</source>
      <translation>“{name}” es una imagen dañada, así que no se adjuntó.</translation>
    </message>
    <message>
      <source>“{name}” is empty, so there is nothing to attach.</source>
      <translation>“{name}” está vacío, así que no hay nada que adjuntar.</translation>
    </message>
    <message>
      <source>“{name}” is {kind}. Text files, PDF, Office documents and pictures can be attached.</source>
      <translation>“{name}” es {kind}. Se pueden adjuntar archivos de texto, PDF, documentos de Office e imágenes.</translation>
    </message>
    <message>
      <source>“{name}” was changed while it was read</source>
      <translation>“{name}” cambió mientras se leía</translation>
    </message>
    <message>
      <source>“{name}” was changed while it was read. Attach it again.</source>
      <translation>“{name}” cambió mientras se leía. Adjuntarlo otra vez.</translation>
    </message>
    <message>
      <source>“{shown}” is no repository.</source>
      <translation>“{shown}” no es un repositorio.</translation>
    </message>
  </context>
  <context>
    <name>Crash</name>
    <message>
      <source>Safe mode: no chat is opened, the gateway is not started, code has no colours, and the window speaks English. Your chats are in the list.</source>
      <translation>Modo seguro: no se abre ningún chat, la pasarela no se inicia, el código no tiene colores y la ventana está en inglés. Los chats están en la lista.</translation>
    </message>
    <message>
      <source>Show report</source>
      <translation>Ver informe</translation>
    </message>
    <message>
      <source>Start normally</source>
      <translation>Iniciar normalmente</translation>
    </message>
    <message>
      <source>The last starts ended within half a minute.</source>
      <translation>Los últimos inicios terminaron en menos de medio minuto.</translation>
    </message>
    <message>
      <source>Unexpected error: {title}. A report is kept on this computer.</source>
      <translation>Error inesperado: {title}. Se guarda un informe en este ordenador.</translation>
    </message>
  </context>
  <context>
    <name>CrashPage</name>
    <message>
      <source>Close report</source>
      <translation>Cerrar informe</translation>
    </message>
    <message>
      <source>Copy report</source>
      <translation>Copiar informe</translation>
    </message>
    <message>
      <source>Go on</source>
      <translation>Continuar</translation>
    </message>
    <message>
      <source>It could not be written to the disk.</source>
      <translation>No se pudo escribir en el disco.</translation>
    </message>
    <message>
      <source>Kept as {file}</source>
      <translation>Guardado como {file}</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>Informe</translation>
    </message>
    <message>
      <source>Show in folder</source>
      <translation>Mostrar en la carpeta</translation>
    </message>
    <message>
      <source>Something failed here.</source>
      <translation>Algo falló aquí.</translation>
    </message>
    <message>
      <source>The program ended by itself the last time.</source>
      <translation>La última vez, el programa terminó por sí solo.</translation>
    </message>
    <message>
      <source>Unexpected error</source>
      <translation>Error inesperado</translation>
    </message>
    <message>
      <source>What was being done did not happen; the rest goes on. Chats and what you typed are on the disk. The report below stays on this computer, holds no keys, and nothing sends it. If this happens again, it helps those who mend it; read it before you pass it on, since an error's own words may quote something.</source>
      <translation>Lo que se estaba haciendo no se hizo; el resto continúa. Los chats y lo escrito están en el disco. El informe de abajo se queda en este ordenador, no contiene claves y nada lo envía. Si esto vuelve a ocurrir, ayuda a quienes lo reparan; conviene leerlo antes de pasarlo, porque las palabras de un error pueden citar algo.</translation>
    </message>
  </context>
  <context>
    <name>DetailsPage</name>
    <message>
      <source>Back to the results</source>
      <translation>Volver a los resultados</translation>
    </message>
    <message>
      <source>Its maker says nothing about it.</source>
      <translation>Su autor no dice nada de él.</translation>
    </message>
    <message>
      <source>Model card</source>
      <translation>Ficha del modelo</translation>
    </message>
    <message>
      <source>Results</source>
      <translation>Resultados</translation>
    </message>
    <message>
      <source>What its maker says</source>
      <translation>Lo que dice su autor</translation>
    </message>
  </context>
  <context>
    <name>DifferenceDialog</name>
    <message>
      <source>Both say the same.</source>
      <translation>Las dos dicen lo mismo.</translation>
    </message>
    <message>
      <source>Compare versions</source>
      <translation>Comparar versiones</translation>
    </message>
    <message>
      <source>Differences</source>
      <translation>Diferencias</translation>
    </message>
    <message>
      <source>First version</source>
      <translation>Primera versión</translation>
    </message>
    <message>
      <source>Only the beginning is shown.</source>
      <translation>Solo se muestra el principio.</translation>
    </message>
    <message>
      <source>Second version</source>
      <translation>Segunda versión</translation>
    </message>
    <message>
      <source>Struck out: {gone} words only in the first. Underlined: {new} words only in the second.</source>
      <translation>Tachado: {gone} palabras solo en la primera. Subrayado: {new} palabras solo en la segunda.</translation>
    </message>
    <message>
      <source>against</source>
      <translation>frente a</translation>
    </message>
  </context>
  <context>
    <name>Downloads</name>
    <message>
      <source>Asked for</source>
      <translation>Solicitado</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Done</source>
      <translation>Listo</translation>
    </message>
    <message>
      <source>Here, as {name}.</source>
      <translation>Aquí, como {name}.</translation>
    </message>
    <message>
      <source>Here, {size}. Its SHA-256 is the one that the hub names.</source>
      <translation>Aquí, {size}. Su SHA-256 es el que indica el hub.</translation>
    </message>
    <message>
      <source>Here, {size}. The hub names no checksum for it.</source>
      <translation>Aquí, {size}. El hub no indica suma de comprobación.</translation>
    </message>
    <message>
      <source>Pause</source>
      <translation>Pausar</translation>
    </message>
    <message>
      <source>Paused, {so_far}</source>
      <translation>En pausa, {so_far}</translation>
    </message>
    <message>
      <source>Progress of {name}</source>
      <translation>Progreso de {name}</translation>
    </message>
    <message>
      <source>Resume</source>
      <translation>Reanudar</translation>
    </message>
    <message>
      <source>Stopped</source>
      <translation>Detenido</translation>
    </message>
    <message>
      <source>Stopped, {so_far}</source>
      <translation>Detenido, {so_far}</translation>
    </message>
    <message>
      <source>Stopped. {what}</source>
      <translation>Detenido. {what}</translation>
    </message>
    <message>
      <source>Waits for its turn</source>
      <translation>Espera su turno</translation>
    </message>
    <message>
      <source>about {n} h left</source>
      <translation>quedan unas {n} h</translation>
    </message>
    <message>
      <source>about {n} min left</source>
      <translation>quedan unos {n} min</translation>
    </message>
    <message>
      <source>about {n} s left</source>
      <translation>quedan unos {n} s</translation>
    </message>
    <message>
      <source>{done} of {total}</source>
      <translation>{done} de {total}</translation>
    </message>
    <message>
      <source>{n} %</source>
      <translation>{n} %</translation>
    </message>
    <message>
      <source>{reason} Trying again.</source>
      <translation>{reason} Se intenta de nuevo.</translation>
    </message>
    <message>
      <source>{size}, checking the SHA-256</source>
      <translation>{size}, comprobando el SHA-256</translation>
    </message>
    <message>
      <source>{size}/s</source>
      <translation>{size}/s</translation>
    </message>
  </context>
  <context>
    <name>EngineCard</name>
    <message>
      <source>Folders with GGUF files</source>
      <translation>Carpetas con archivos GGUF</translation>
    </message>
    <message>
      <source>Full path. Used in place of the library, for graphics cards.</source>
      <translation>Ruta completa. Se usa en lugar de la biblioteca, para tarjetas gráficas.</translation>
    </message>
    <message>
      <source>One a line. Those of LM Studio, Ollama and Hugging Face are looked through anyway.</source>
      <translation>Una por línea. Las de LM Studio, Ollama y Hugging Face se revisan de todos modos.</translation>
    </message>
    <message>
      <source>Unload a model after, {name}</source>
      <translation>Quitar un modelo de la memoria tras, {name}</translation>
    </message>
    <message>
      <source>Unload a model nobody asked for</source>
      <translation>Quitar de la memoria un modelo sin uso</translation>
    </message>
    <message>
      <source>Your own llama-server</source>
      <translation>llama-server propio</translation>
    </message>
  </context>
  <context>
    <name>Errors</name>
    <message>
      <source>Choose another model</source>
      <translation>Elegir otro modelo</translation>
    </message>
    <message>
      <source>Continue</source>
      <translation>Continuar</translation>
    </message>
    <message>
      <source>Edit the message</source>
      <translation>Editar el mensaje</translation>
    </message>
    <message>
      <source>Enter key</source>
      <translation>Introducir clave</translation>
    </message>
    <message>
      <source>Interrupted</source>
      <translation>Interrumpida</translation>
    </message>
    <message>
      <source>It accepted the request but sent nothing. Large prompts can take minutes on local models.</source>
      <translation>Aceptó la petición, pero no envió nada. Los mensajes largos pueden tardar minutos en modelos locales.</translation>
    </message>
    <message>
      <source>Keep as it is</source>
      <translation>Dejar como está</translation>
    </message>
    <message>
      <source>Leave out earlier messages</source>
      <translation>Omitir mensajes anteriores</translation>
    </message>
    <message>
      <source>Open setting</source>
      <translation>Abrir ajuste</translation>
    </message>
    <message>
      <source>Open website</source>
      <translation>Abrir sitio web</translation>
    </message>
    <message>
      <source>Refresh models</source>
      <translation>Actualizar modelos</translation>
    </message>
    <message>
      <source>Regenerate</source>
      <translation>Regenerar</translation>
    </message>
    <message>
      <source>Start server</source>
      <translation>Iniciar servidor</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Detener</translation>
    </message>
    <message>
      <source>Stopped after {n} token.</source>
      <translation>Detenida tras {n} token.</translation>
    </message>
    <message numerus="yes">
      <source>Stopped after {n} tokens.</source>
      <translation>
        <numerusform>Detenida tras {n} token.</numerusform>
        <numerusform>Detenida tras {n} tokens.</numerusform>
      </translation>
    </message>
    <message>
      <source>Stopped.</source>
      <translation>Respuesta detenida.</translation>
    </message>
    <message>
      <source>Summarise earlier messages</source>
      <translation>Resumir mensajes anteriores</translation>
    </message>
    <message>
      <source>Test connection</source>
      <translation>Probar conexión</translation>
    </message>
    <message>
      <source>The answer reached its limit of tokens.</source>
      <translation>La respuesta llegó a su límite de tokens.</translation>
    </message>
    <message>
      <source>The app closed while this was being written. What arrived is saved.</source>
      <translation>La aplicación se cerró mientras esto se escribía. Lo que llegó está guardado.</translation>
    </message>
    <message>
      <source>The connection closed {after}, before the server said it was done. What arrived is saved.</source>
      <translation>La conexión se cerró {after}, antes de que el servidor dijera que había terminado. Lo que llegó está guardado.</translation>
    </message>
    <message>
      <source>The log has the details.</source>
      <translation>El registro tiene los detalles.</translation>
    </message>
    <message numerus="yes">
      <source>The server dropped ≈ {n} tokens from the start of this chat.</source>
      <translation>
        <numerusform>El servidor descartó ≈ {n} token del principio de este chat.</numerusform>
        <numerusform>El servidor descartó ≈ {n} tokens del principio de este chat.</numerusform>
      </translation>
    </message>
    <message>
      <source>The server has not confirmed the stop. It may still be computing.</source>
      <translation>El servidor no confirmó la detención. Puede que siga calculando.</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Intentar de nuevo</translation>
    </message>
    <message>
      <source>Unexpected error: {name}.</source>
      <translation>Error inesperado: {name}.</translation>
    </message>
    <message>
      <source>Unload the model</source>
      <translation>Quitar el modelo de la memoria</translation>
    </message>
    <message>
      <source>Wait longer</source>
      <translation>Esperar más</translation>
    </message>
    <message>
      <source>after {n} token</source>
      <translation>tras {n} token</translation>
    </message>
    <message numerus="yes">
      <source>after {n} tokens</source>
      <translation>
        <numerusform>tras {n} token</numerusform>
        <numerusform>tras {n} tokens</numerusform>
      </translation>
    </message>
    <message>
      <source>early</source>
      <translation>pronto</translation>
    </message>
    <message>
      <source>{message} {hint} What arrived is saved.</source>
      <translation>{message} {hint} Lo que llegó está guardado.</translation>
    </message>
    <message>
      <source>{name} allowed no more requests.</source>
      <translation>{name} no permitió más peticiones.</translation>
    </message>
    <message>
      <source>{name} answered instead.</source>
      <translation>{name} respondió en su lugar.</translation>
    </message>
    <message>
      <source>{name} failed.</source>
      <translation>{name} falló.</translation>
    </message>
    <message>
      <source>{name} is asked instead.</source>
      <translation>Se pregunta a {name} en su lugar.</translation>
    </message>
    <message>
      <source>{name} refused the key.</source>
      <translation>{name} rechazó la clave.</translation>
    </message>
    <message>
      <source>{name} was not found.</source>
      <translation>{name} no se encontró.</translation>
    </message>
    <message>
      <source>{name} was not reachable.</source>
      <translation>No se pudo alcanzar {name}.</translation>
    </message>
    <message>
      <source>{name} was overloaded.</source>
      <translation>{name} tenía demasiada carga.</translation>
    </message>
    <message>
      <source>{name} was silent.</source>
      <translation>{name} no dio respuesta.</translation>
    </message>
    <message>
      <source>{server} has been silent for {n} s.</source>
      <translation>{server} lleva {n} s sin responder.</translation>
    </message>
  </context>
  <context>
    <name>FetchedLine</name>
    <message>
      <source>Delete</source>
      <translation>Eliminar</translation>
    </message>
    <message>
      <source>Delete {name}</source>
      <translation>Eliminar {name}</translation>
    </message>
    <message>
      <source>LM Studio can load it then, too; it takes no more of the disk</source>
      <translation>LM Studio también puede cargarlo entonces; no ocupa más disco</translation>
    </message>
    <message>
      <source>Newer revision {id}</source>
      <translation>Revisión más reciente {id}</translation>
    </message>
    <message>
      <source>Offer to LM Studio</source>
      <translation>Ofrecer a LM Studio</translation>
    </message>
    <message>
      <source>Offer {name} to LM Studio</source>
      <translation>Ofrecer {name} a LM Studio</translation>
    </message>
    <message>
      <source>Show folder</source>
      <translation>Mostrar carpeta</translation>
    </message>
    <message>
      <source>Show folder of {name}</source>
      <translation>Mostrar carpeta de {name}</translation>
    </message>
    <message>
      <source>Update</source>
      <translation>Actualizar</translation>
    </message>
    <message>
      <source>Update {name}</source>
      <translation>Actualizar {name}</translation>
    </message>
  </context>
  <context>
    <name>FetchedPage</name>
    <message>
      <source>1 model</source>
      <translation>1 modelo</translation>
    </message>
    <message>
      <source>Asking the hub about each of them.</source>
      <translation>Preguntando al hub por cada uno.</translation>
    </message>
    <message>
      <source>Look for newer revisions</source>
      <translation>Buscar revisiones más recientes</translation>
    </message>
    <message>
      <source>Nothing has been fetched by this app yet.</source>
      <translation>Esta aplicación aún no ha descargado nada.</translation>
    </message>
    <message>
      <source>{n} models</source>
      <translation>{n} modelos</translation>
    </message>
  </context>
  <context>
    <name>Field</name>
    <message>
      <source>Reset</source>
      <translation>Restablecer</translation>
    </message>
    <message>
      <source>Reset {field}</source>
      <translation>Restablecer {field}</translation>
    </message>
    <message>
      <source>Set {origin}.</source>
      <translation>Fijado {origin}.</translation>
    </message>
  </context>
  <context>
    <name>FiguresView</name>
    <message>
      <source>, best</source>
      <translation>, el mejor</translation>
    </message>
    <message>
      <source>Figures of {letter}</source>
      <translation>Cifras de {letter}</translation>
    </message>
  </context>
  <context>
    <name>FilesTable</name>
    <message>
      <source>Files of the repository</source>
      <translation>Archivos del repositorio</translation>
    </message>
  </context>
  <context>
    <name>FindBar</name>
    <message>
      <source>Close find</source>
      <translation>Cerrar búsqueda</translation>
    </message>
    <message>
      <source>Find in chat</source>
      <translation>Buscar en el chat</translation>
    </message>
    <message>
      <source>Next place</source>
      <translation>Resultado siguiente</translation>
    </message>
    <message>
      <source>Previous place</source>
      <translation>Resultado anterior</translation>
    </message>
  </context>
  <context>
    <name>FindController</name>
    <message>
      <source>Message {n} of {count}</source>
      <translation>Mensaje {n} de {count}</translation>
    </message>
    <message>
      <source>Nothing found</source>
      <translation>Nada encontrado</translation>
    </message>
    <message>
      <source>Searching…</source>
      <translation>Buscando…</translation>
    </message>
  </context>
  <context>
    <name>FindingView</name>
    <message>
      <source>Copy details</source>
      <translation>Copiar detalles</translation>
    </message>
    <message>
      <source>Test again</source>
      <translation>Probar de nuevo</translation>
    </message>
  </context>
  <context>
    <name>FirstModelCard</name>
    <message>
      <source>A small coder model</source>
      <translation>Un modelo pequeño para código</translation>
    </message>
    <message>
      <source>Other models…</source>
      <translation>Otros modelos…</translation>
    </message>
  </context>
  <context>
    <name>FirstRun</name>
    <message>
      <source>A server that speaks OpenAI's interface answers.</source>
      <translation>Responde un servidor con la interfaz de OpenAI.</translation>
    </message>
    <message>
      <source>AI Coder Assistant needs a model to talk to. It looked in these places on this computer:</source>
      <translation>AI Coder Assistant necesita un modelo con el que hablar. Buscó en estos lugares de este ordenador:</translation>
    </message>
    <message>
      <source>Another server</source>
      <translation>Otro servidor</translation>
    </message>
    <message>
      <source>Asking {place}.</source>
      <translation>Preguntando a {place}.</translation>
    </message>
    <message>
      <source>Download</source>
      <translation>Descargar</translation>
    </message>
    <message>
      <source>Download one there, or from here. This page goes on by itself when it is listed.</source>
      <translation>Descargar uno allí, o desde aquí. Esta página continúa sola cuando aparece en la lista.</translation>
    </message>
    <message>
      <source>Enter address</source>
      <translation>Introducir dirección</translation>
    </message>
    <message>
      <source>For the built-in engine, from {place}. Sizes and licences are those that it tells.</source>
      <translation>Para el motor integrado, desde {place}. Los tamaños y las licencias son los que indica.</translation>
    </message>
    <message>
      <source>For the built-in engine: {names}. Their sizes and licences are looked up at {place} when you press the button, and nothing is asked before.</source>
      <translation>Para el motor integrado: {names}. Sus tamaños y licencias se consultan en {place} al pulsar el botón; antes no se pregunta nada.</translation>
    </message>
    <message>
      <source>Get {name}</source>
      <translation>Obtener {name}</translation>
    </message>
    <message>
      <source>How to install</source>
      <translation>Cómo instalar</translation>
    </message>
    <message>
      <source>I use {name}</source>
      <translation>Usar {name}</translation>
    </message>
    <message>
      <source>Installed. Its server is off.</source>
      <translation>Instalado. Su servidor está apagado.</translation>
    </message>
    <message>
      <source>Look again</source>
      <translation>Buscar de nuevo</translation>
    </message>
    <message>
      <source>Look up sizes</source>
      <translation>Consultar tamaños</translation>
    </message>
    <message>
      <source>Looking.</source>
      <translation>Buscando.</translation>
    </message>
    <message>
      <source>Name a folder</source>
      <translation>Indicar una carpeta</translation>
    </message>
    <message>
      <source>No model server is running yet</source>
      <translation>Aún no hay ningún servidor de modelos en marcha</translation>
    </message>
    <message>
      <source>None of them fits into the memory that is free now. Close other programs and look again.</source>
      <translation>Ninguno cabe en la memoria que está libre ahora. Cerrar otros programas y buscar de nuevo.</translation>
    </message>
    <message>
      <source>Not installed.</source>
      <translation>Sin instalar.</translation>
    </message>
    <message>
      <source>Not reachable.</source>
      <translation>No se puede alcanzar.</translation>
    </message>
    <message>
      <source>Nothing answers on the usual port.</source>
      <translation>Nada responde en el puerto habitual.</translation>
    </message>
    <message>
      <source>Ready.</source>
      <translation>Listo.</translation>
    </message>
    <message>
      <source>Ready. It needs a model file (GGUF).</source>
      <translation>Listo. Necesita un archivo de modelo (GGUF).</translation>
    </message>
    <message>
      <source>Running, without a chat model.</source>
      <translation>En marcha, sin un modelo de chat.</translation>
    </message>
    <message>
      <source>Size unknown</source>
      <translation>Tamaño desconocido</translation>
    </message>
    <message>
      <source>Start {name}</source>
      <translation>Iniciar {name}</translation>
    </message>
    <message>
      <source>Starting. This can take a minute.</source>
      <translation>Iniciando. Puede tardar un minuto.</translation>
    </message>
    <message>
      <source>Use it</source>
      <translation>Usar</translation>
    </message>
    <message>
      <source>another program</source>
      <translation>otro programa</translation>
    </message>
    <message>
      <source>answers</source>
      <translation>responde</translation>
    </message>
    <message>
      <source>asks for a key</source>
      <translation>pide una clave</translation>
    </message>
    <message>
      <source>folders of LM Studio, Ollama and Hugging Face</source>
      <translation>carpetas de LM Studio, Ollama y Hugging Face</translation>
    </message>
    <message>
      <source>licence unknown</source>
      <translation>licencia desconocida</translation>
    </message>
    <message>
      <source>licence {name}</source>
      <translation>licencia {name}</translation>
    </message>
    <message>
      <source>not asked yet</source>
      <translation>aún sin preguntar</translation>
    </message>
    <message>
      <source>not reachable</source>
      <translation>no se puede alcanzar</translation>
    </message>
    <message>
      <source>off</source>
      <translation>no</translation>
    </message>
    <message>
      <source>refused</source>
      <translation>conexión rechazada</translation>
    </message>
    <message>
      <source>silent</source>
      <translation>sin respuesta</translation>
    </message>
    <message>
      <source>{name} is running, but has no model yet.</source>
      <translation>{name} está en marcha, pero aún no tiene ningún modelo.</translation>
    </message>
    <message>
      <source>{size}, {licence}. {fit}.</source>
      <translation>{size}, {licence}. {fit}.</translation>
    </message>
  </context>
  <context>
    <name>FirstRunPage</name>
    <message>
      <source>Cloud key</source>
      <translation>Clave de la nube</translation>
    </message>
    <message>
      <source>First run</source>
      <translation>Primer inicio</translation>
    </message>
    <message>
      <source>Last looked</source>
      <translation>Última búsqueda</translation>
    </message>
    <message>
      <source>Last looked {time}</source>
      <translation>Última búsqueda {time}</translation>
    </message>
    <message>
      <source>Look again</source>
      <translation>Buscar de nuevo</translation>
    </message>
    <message>
      <source>Looking again every {n} s. This page goes on by itself when a server appears.</source>
      <translation>Se busca de nuevo cada {n} s. Esta página continúa sola cuando aparece un servidor.</translation>
    </message>
    <message>
      <source>Only the addresses above and {names} were contacted.</source>
      <translation>Solo se contactó con las direcciones de arriba y con {names}.</translation>
    </message>
    <message>
      <source>Only the addresses above were contacted.</source>
      <translation>Solo se contactó con las direcciones de arriba.</translation>
    </message>
    <message>
      <source>Or without a local server:</source>
      <translation>O sin un servidor local:</translation>
    </message>
    <message>
      <source>Other addresses than those above were contacted, too.</source>
      <translation>También se contactó con otras direcciones, además de las de arriba.</translation>
    </message>
    <message>
      <source>Settings, Privacy lists every connection this app makes.</source>
      <translation>Ajustes, Privacidad muestra cada conexión que hace esta aplicación.</translation>
    </message>
    <message>
      <source>Show conversations</source>
      <translation>Mostrar los chats</translation>
    </message>
    <message>
      <source>Try the simulated model</source>
      <translation>Probar el modelo simulado</translation>
    </message>
  </context>
  <context>
    <name>Fit</name>
    <message>
      <source>Fits</source>
      <translation>Cabe</translation>
    </message>
    <message>
      <source>Tight</source>
      <translation>Justo</translation>
    </message>
    <message>
      <source>Too large</source>
      <translation>Demasiado grande</translation>
    </message>
    <message>
      <source>Whether it fits is unknown</source>
      <translation>No se sabe si cabe</translation>
    </message>
    <message>
      <source>{verdict}, ≈ {room} free</source>
      <translation>{verdict}, ≈ {room} libres</translation>
    </message>
  </context>
  <context>
    <name>Gateway</name>
    <message>
      <source>Not running</source>
      <translation>Sin iniciar</translation>
    </message>
    <message>
      <source>Running</source>
      <translation>En marcha</translation>
    </message>
    <message>
      <source>Running, other computers may reach it</source>
      <translation>En marcha, otros ordenadores pueden alcanzarla</translation>
    </message>
    <message>
      <source>Starting</source>
      <translation>Iniciando</translation>
    </message>
    <message>
      <source>Stopping</source>
      <translation>Deteniendo</translation>
    </message>
    <message>
      <source>This window</source>
      <translation>Esta ventana</translation>
    </message>
    <message>
      <source>made {t}</source>
      <translation>creado {t}</translation>
    </message>
    <message>
      <source>never used</source>
      <translation>sin usar</translation>
    </message>
    <message>
      <source>today {t}</source>
      <translation>hoy {t}</translation>
    </message>
    <message>
      <source>used {t}</source>
      <translation>usado {t}</translation>
    </message>
  </context>
  <context>
    <name>GatewayCard</name>
    <message>
      <source>Address for other computers</source>
      <translation>Dirección para otros ordenadores</translation>
    </message>
    <message>
      <source>Copy address for other computers</source>
      <translation>Copiar dirección para otros ordenadores</translation>
    </message>
    <message>
      <source>Copy gateway address</source>
      <translation>Copiar dirección de la pasarela</translation>
    </message>
    <message>
      <source>Editors and other programs reach all your models at one address, in the shapes of OpenAI and Anthropic. The gateway stops with the window.</source>
      <translation>Los editores y otros programas alcanzan todos los modelos en una sola dirección, con las formas de OpenAI y Anthropic. La pasarela se detiene con la ventana.</translation>
    </message>
    <message>
      <source>Gateway</source>
      <translation>Pasarela</translation>
    </message>
    <message>
      <source>Gateway address</source>
      <translation>Dirección de la pasarela</translation>
    </message>
    <message>
      <source>It still runs with the settings before the last save.</source>
      <translation>Sigue en marcha con los ajustes anteriores al último guardado.</translation>
    </message>
    <message>
      <source>Restart gateway</source>
      <translation>Reiniciar pasarela</translation>
    </message>
    <message>
      <source>Start gateway</source>
      <translation>Iniciar pasarela</translation>
    </message>
    <message>
      <source>Stop gateway</source>
      <translation>Detener pasarela</translation>
    </message>
    <message>
      <source>Use port {n}</source>
      <translation>Usar el puerto {n}</translation>
    </message>
  </context>
  <context>
    <name>GatewayPage</name>
    <message>
      <source>0 takes any free one, another one at each start.</source>
      <translation>0 toma uno libre, cada vez otro al iniciar.</translation>
    </message>
    <message>
      <source>Automatic</source>
      <translation>Automático</translation>
    </message>
    <message>
      <source>For each token. Empty: no limit on this computer, 600 where others reach it. 0: no limit.</source>
      <translation>Para cada token. Vacío: sin límite en este ordenador, 600 si otros la alcanzan. 0: sin límite.</translation>
    </message>
    <message>
      <source>Gateway port</source>
      <translation>Puerto de la pasarela</translation>
    </message>
    <message>
      <source>It needs a token first.</source>
      <translation>Primero hace falta un token.</translation>
    </message>
    <message>
      <source>Make a token</source>
      <translation>Crear un token</translation>
    </message>
    <message>
      <source>No requests yet.</source>
      <translation>Aún no hay peticiones.</translation>
    </message>
    <message>
      <source>Port</source>
      <translation>Puerto</translation>
    </message>
    <message>
      <source>Programs</source>
      <translation>Programas</translation>
    </message>
    <message>
      <source>Put a token where it says {token}.</source>
      <translation>Poner un token donde dice {token}.</translation>
    </message>
    <message>
      <source>Reachable from other computers</source>
      <translation>Accesible desde otros ordenadores</translation>
    </message>
    <message>
      <source>Requests</source>
      <translation>Peticiones</translation>
    </message>
    <message>
      <source>Requests a minute</source>
      <translation>Peticiones por minuto</translation>
    </message>
    <message>
      <source>Start the gateway with the window</source>
      <translation>Iniciar la pasarela con la ventana</translation>
    </message>
    <message>
      <source>The newest requests since the gateway was started. Contents are not recorded.</source>
      <translation>Las peticiones más recientes desde que se inició la pasarela. No se registra su contenido.</translation>
    </message>
    <message>
      <source>Where it listens</source>
      <translation>Dónde escucha</translation>
    </message>
    <message>
      <source>Whoever is in the same network can then try to reach it, and requests with their tokens cross that network in plain text. Switch it on only in a network you trust.</source>
      <translation>Cualquiera en la misma red puede entonces intentar alcanzarla, y las peticiones con sus tokens cruzan esa red como texto sin cifrar. Activar solo en una red de confianza.</translation>
    </message>
  </context>
  <context>
    <name>GatewayRequests</name>
    <message>
      <source>?</source>
      <translation>?</translation>
    </message>
    <message>
      <source>First byte</source>
      <translation>Primer byte</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>Provider</source>
      <translation>Proveedor</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>Estado</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>Hora</translation>
    </message>
    <message>
      <source>Token</source>
      <translation>Token</translation>
    </message>
    <message>
      <source>Tokens in / out</source>
      <translation>Tokens de ida / vuelta</translation>
    </message>
    <message>
      <source>Took</source>
      <translation>Duración</translation>
    </message>
    <message>
      <source>none</source>
      <translation>ninguno</translation>
    </message>
    <message>
      <source>{model}, simulated</source>
      <translation>{model}, simulado</translation>
    </message>
  </context>
  <context>
    <name>GeneralPage</name>
    <message>
      <source>A day</source>
      <translation>Un día</translation>
    </message>
    <message>
      <source>A month</source>
      <translation>Un mes</translation>
    </message>
    <message>
      <source>Answers are announced</source>
      <translation>Anunciar las respuestas</translation>
    </message>
    <message>
      <source>As the system</source>
      <translation>Como el sistema</translation>
    </message>
    <message>
      <source>Auto</source>
      <translation>Auto</translation>
    </message>
    <message>
      <source>Auto may use the cloud</source>
      <translation>Auto puede usar la nube</translation>
    </message>
    <message>
      <source>Budget for Auto, in USD</source>
      <translation>Presupuesto para Auto, en USD</translation>
    </message>
    <message>
      <source>Chats</source>
      <translation>Chats</translation>
    </message>
    <message>
      <source>Ctrl and + or − change it for the moment.</source>
      <translation>Ctrl y + o − lo cambian por el momento.</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>Oscuro</translation>
    </message>
    <message>
      <source>Default model</source>
      <translation>Modelo predeterminado</translation>
    </message>
    <message>
      <source>Default provider</source>
      <translation>Proveedor predeterminado</translation>
    </message>
    <message>
      <source>Full</source>
      <translation>Completo</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>Idioma</translation>
    </message>
    <message>
      <source>Light</source>
      <translation>Claro</translation>
    </message>
    <message>
      <source>Links</source>
      <translation>Enlaces</translation>
    </message>
    <message>
      <source>Look</source>
      <translation>Aspecto</translation>
    </message>
    <message>
      <source>Motion</source>
      <translation>Movimiento</translation>
    </message>
    <message>
      <source>New chats</source>
      <translation>Chats nuevos</translation>
    </message>
    <message>
      <source>No limit</source>
      <translation>Sin límite</translation>
    </message>
    <message>
      <source>Off: Auto and fallback never go from a local to a cloud provider.</source>
      <translation>Sin marcar: Auto y la alternativa en caso de fallo nunca pasan de un proveedor local a uno en la nube.</translation>
    </message>
    <message>
      <source>Once answers have cost so much, Auto proposes only models that cost nothing. Counted are the answers that are kept, by known prices: not those of chats deleted for good, of temporary windows and of aica ask.</source>
      <translation>Cuando las respuestas han costado esa cantidad, Auto solo propone modelos que no cuestan nada. Cuentan las respuestas conservadas, a precios conocidos: no las de chats eliminados definitivamente, de ventanas temporales ni de aica ask.</translation>
    </message>
    <message>
      <source>Once, when they are finished</source>
      <translation>Una vez, cuando terminan</translation>
    </message>
    <message>
      <source>Reduced</source>
      <translation>Reducido</translation>
    </message>
    <message>
      <source>Screen reader</source>
      <translation>Lector de pantalla</translation>
    </message>
    <message>
      <source>Sentence by sentence</source>
      <translation>Frase a frase</translation>
    </message>
    <message>
      <source>Text size of chats</source>
      <translation>Tamaño del texto de los chats</translation>
    </message>
    <message>
      <source>That budget is for</source>
      <translation>Ese presupuesto es para</translation>
    </message>
    <message>
      <source>The model's id as its server spells it. Empty: the one used last, else a loaded one.</source>
      <translation>El id del modelo tal como lo escribe su servidor. Vacío: el último usado o, si no, uno cargado.</translation>
    </message>
    <message>
      <source>The one used last</source>
      <translation>El último usado</translation>
    </message>
    <message>
      <source>The window is opened again in it. The terminal and the gateway speak English.</source>
      <translation>La ventana se vuelve a abrir en él. La terminal y la pasarela están en inglés.</translation>
    </message>
    <message>
      <source>Theme</source>
      <translation>Tema</translation>
    </message>
  </context>
  <context>
    <name>GetModelsPane</name>
    <message>
      <source>Close “Get models”</source>
      <translation>Cerrar “Obtener modelos”</translation>
    </message>
    <message>
      <source>Fetched</source>
      <translation>Descargados</translation>
    </message>
    <message>
      <source>Find</source>
      <translation>Buscar</translation>
    </message>
    <message>
      <source>Get models</source>
      <translation>Obtener modelos</translation>
    </message>
    <message>
      <source>Tabs of “Get models”</source>
      <translation>Pestañas de “Obtener modelos”</translation>
    </message>
  </context>
  <context>
    <name>HealthLine</name>
    <message>
      <source>Servers</source>
      <translation>Servidores</translation>
    </message>
  </context>
  <context>
    <name>HealthNotice</name>
    <message>
      <source>Try again</source>
      <translation>Intentar de nuevo</translation>
    </message>
    <message>
      <source>{server} answers again.</source>
      <translation>{server} responde de nuevo.</translation>
    </message>
    <message>
      <source>{server} does not answer any more.</source>
      <translation>{server} ya no responde.</translation>
    </message>
  </context>
  <context>
    <name>HelpWindow</name>
    <message>
      <source>Back</source>
      <translation>Atrás</translation>
    </message>
    <message>
      <source>Help</source>
      <translation>Ayuda</translation>
    </message>
    <message>
      <source>Nothing found</source>
      <translation>No se encontró nada</translation>
    </message>
    <message>
      <source>Page</source>
      <translation>Página</translation>
    </message>
    <message>
      <source>Pages</source>
      <translation>Páginas</translation>
    </message>
    <message>
      <source>Search the help</source>
      <translation>Buscar en la ayuda</translation>
    </message>
  </context>
  <context>
    <name>History</name>
    <message>
      <source>Everything is sent again</source>
      <translation>Se envía todo de nuevo</translation>
    </message>
    <message>
      <source>Leaving out earlier messages does not make this fit.</source>
      <translation>Omitir mensajes anteriores no basta para que quepa.</translation>
    </message>
    <message>
      <source>Loading would cut it off.</source>
      <translation>La carga la cortaría.</translation>
    </message>
    <message>
      <source>Loading {model} with {window} tokens</source>
      <translation>Cargando {model} con {window} tokens</translation>
    </message>
    <message>
      <source>Shorten the message or choose another model.</source>
      <translation>Acortar el mensaje o elegir otro modelo.</translation>
    </message>
    <message>
      <source>Something like it goes on already.</source>
      <translation>Ya hay algo parecido en curso.</translation>
    </message>
    <message>
      <source>Summarising earlier messages with {model}</source>
      <translation>Resumiendo mensajes anteriores con {model}</translation>
    </message>
    <message numerus="yes">
      <source>Summarising {n} earlier messages with {model}</source>
      <translation>
        <numerusform>Resumiendo {n} mensaje anterior con {model}</numerusform>
        <numerusform>Resumiendo {n} mensajes anteriores con {model}</numerusform>
      </translation>
    </message>
    <message>
      <source>The message was not sent.</source>
      <translation>El mensaje no se envió.</translation>
    </message>
    <message>
      <source>The server gave the model a window of only {n} tokens.</source>
      <translation>El servidor dio al modelo una ventana de solo {n} tokens.</translation>
    </message>
    <message>
      <source>This model is writing an answer in another chat.</source>
      <translation>Este modelo está escribiendo una respuesta en otro chat.</translation>
    </message>
    <message>
      <source>Wait for its end, or stop it.</source>
      <translation>Esperar a que termine, o detenerlo.</translation>
    </message>
    <message numerus="yes">
      <source>{n} earlier messages are not sent any more</source>
      <translation>
        <numerusform>{n} mensaje anterior ya no se envía</numerusform>
        <numerusform>{n} mensajes anteriores ya no se envían</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>{n} earlier messages are sent as a summary</source>
      <translation>
        <numerusform>{n} mensaje anterior se envía como resumen</numerusform>
        <numerusform>{n} mensajes anteriores se envían como resumen</numerusform>
      </translation>
    </message>
    <message>
      <source>{text}, part {part} of {parts}</source>
      <translation>{text}, parte {part} de {parts}</translation>
    </message>
    <message>
      <source>{text}. {n} s</source>
      <translation>{text}. {n} s</translation>
    </message>
  </context>
  <context>
    <name>Hub</name>
    <message>
      <source>({n} parts)</source>
      <translation>({n} partes)</translation>
    </message>
    <message>
      <source>1 repository at {place}</source>
      <translation>1 repositorio en {place}</translation>
    </message>
    <message>
      <source>Asking {place} about {name}</source>
      <translation>Preguntando a {place} por {name}</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>Contexto</translation>
    </message>
    <message>
      <source>Download</source>
      <translation>Descargar</translation>
    </message>
    <message>
      <source>Downloads</source>
      <translation>Descargas</translation>
    </message>
    <message>
      <source>Fetch with {product}</source>
      <translation>Descargar con {product}</translation>
    </message>
    <message>
      <source>File</source>
      <translation>Archivo</translation>
    </message>
    <message>
      <source>For pictures</source>
      <translation>Para imágenes</translation>
    </message>
    <message>
      <source>It has no GGUF file.</source>
      <translation>No tiene ningún archivo GGUF.</translation>
    </message>
    <message>
      <source>It is not running.</source>
      <translation>No está en marcha.</translation>
    </message>
    <message>
      <source>Its maker asks for its terms to be accepted on the hub's page, with an account.</source>
      <translation>Su autor pide aceptar sus condiciones en la página del hub, con una cuenta.</translation>
    </message>
    <message>
      <source>Known for</source>
      <translation>Conocido por</translation>
    </message>
    <message>
      <source>LM Studio has {name} in its list now.</source>
      <translation>LM Studio tiene ahora {name} en su lista.</translation>
    </message>
    <message>
      <source>Largest window</source>
      <translation>Ventana más grande</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>Licencia</translation>
    </message>
    <message>
      <source>Memory</source>
      <translation>Memoria</translation>
    </message>
    <message>
      <source>No fetched model has a newer revision.</source>
      <translation>Ningún modelo descargado tiene una revisión más reciente.</translation>
    </message>
    <message>
      <source>On this computer</source>
      <translation>En este ordenador</translation>
    </message>
    <message>
      <source>Parameters</source>
      <translation>Parámetros</translation>
    </message>
    <message>
      <source>Parts are missing</source>
      <translation>Faltan partes</translation>
    </message>
    <message>
      <source>Quant</source>
      <translation>Cuant.</translation>
    </message>
    <message>
      <source>Repository</source>
      <translation>Repositorio</translation>
    </message>
    <message>
      <source>Searching {place}</source>
      <translation>Buscando en {place}</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>Tamaño</translation>
    </message>
    <message>
      <source>Speed</source>
      <translation>Velocidad</translation>
    </message>
    <message>
      <source>The card could not be read. {reason}</source>
      <translation>La ficha no se pudo leer. {reason}</translation>
    </message>
    <message>
      <source>The rest is on the page of the hub.</source>
      <translation>El resto está en la página del hub.</translation>
    </message>
    <message>
      <source>What fits is not known: {reason}</source>
      <translation>No se sabe qué cabe: {reason}</translation>
    </message>
    <message>
      <source>asks for its terms</source>
      <translation>pide aceptar sus condiciones</translation>
    </message>
    <message>
      <source>coder</source>
      <translation>código</translation>
    </message>
    <message>
      <source>licence unknown</source>
      <translation>licencia desconocida</translation>
    </message>
    <message>
      <source>licence {name}</source>
      <translation>licencia {name}</translation>
    </message>
    <message>
      <source>none</source>
      <translation>ninguno</translation>
    </message>
    <message>
      <source>revision {id}</source>
      <translation>revisión {id}</translation>
    </message>
    <message>
      <source>tools</source>
      <translation>herramientas</translation>
    </message>
    <message>
      <source>trained for {n} tokens</source>
      <translation>entrenado para {n} tokens</translation>
    </message>
    <message>
      <source>unknown: {names}</source>
      <translation>se desconoce: {names}</translation>
    </message>
    <message>
      <source>vision</source>
      <translation>visión</translation>
    </message>
    <message>
      <source>{name} is deleted, {size} are free again.</source>
      <translation>{name} se eliminó; vuelven a quedar libres {size}.</translation>
    </message>
    <message>
      <source>{n} B</source>
      <translation>{n} B</translation>
    </message>
    <message>
      <source>{n} downloads a month</source>
      <translation>{n} descargas al mes</translation>
    </message>
    <message>
      <source>{n} files have names that are not taken over, and are not offered.</source>
      <translation>{n} archivos tienen nombres que no se admiten, y no se ofrecen.</translation>
    </message>
    <message>
      <source>{n} repositories at {place}, those fetched most first</source>
      <translation>{n} repositorios en {place}, primero los más descargados</translation>
    </message>
    <message>
      <source>{place} has nothing for “{q}” with these conditions.</source>
      <translation>{place} no tiene nada para “{q}” con estas condiciones.</translation>
    </message>
    <message>
      <source>{verdict}, graphics card too</source>
      <translation>{verdict}, también la tarjeta gráfica</translation>
    </message>
  </context>
  <context>
    <name>JumpPill</name>
    <message>
      <source>Jump to latest</source>
      <translation>Ir a lo último</translation>
    </message>
  </context>
  <context>
    <name>KeyRow</name>
    <message>
      <source>API key</source>
      <translation>Clave de API</translation>
    </message>
    <message>
      <source>API key, {name}</source>
      <translation>Clave de API, {name}</translation>
    </message>
    <message>
      <source>Delete key</source>
      <translation>Eliminar clave</translation>
    </message>
    <message>
      <source>Delete key, {name}</source>
      <translation>Eliminar clave, {name}</translation>
    </message>
    <message>
      <source>Enter a new key to replace it</source>
      <translation>Introducir una clave nueva para sustituirla</translation>
    </message>
    <message>
      <source>No key stored</source>
      <translation>Sin clave guardada</translation>
    </message>
    <message>
      <source>Replace key</source>
      <translation>Sustituir clave</translation>
    </message>
    <message>
      <source>Replace key, {name}</source>
      <translation>Sustituir clave, {name}</translation>
    </message>
    <message>
      <source>Store key</source>
      <translation>Guardar clave</translation>
    </message>
    <message>
      <source>Store key, {name}</source>
      <translation>Guardar clave, {name}</translation>
    </message>
    <message>
      <source>Storing</source>
      <translation>Guardando</translation>
    </message>
  </context>
  <context>
    <name>Ledger</name>
    <message>
      <source>Answer</source>
      <translation>Respuesta</translation>
    </message>
    <message>
      <source>It is not known what this answer was asked with.</source>
      <translation>No se sabe con qué se preguntó esta respuesta.</translation>
    </message>
    <message>
      <source>It was imported from another program.</source>
      <translation>Se importó de otro programa.</translation>
    </message>
    <message>
      <source>[picture: {type}, {n} kB]</source>
      <translation>[imagen: {type}, {n} kB]</translation>
    </message>
    <message>
      <source>{name} = {value} (from: {origin})</source>
      <translation>{name} = {value} (de: {origin})</translation>
    </message>
    <message>
      <source>{setting}, not sent</source>
      <translation>{setting}, sin enviar</translation>
    </message>
  </context>
  <context>
    <name>LedgerDialog</name>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
  </context>
  <context>
    <name>Libraries</name>
    <message>
      <source>Icons</source>
      <translation>Iconos</translation>
    </message>
    <message>
      <source>JetBrains Mono (font)</source>
      <translation>JetBrains Mono (fuente)</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>Licencia</translation>
    </message>
    <message>
      <source>MIT, part of this program</source>
      <translation>MIT, parte de este programa</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>Nombre</translation>
    </message>
    <message>
      <source>Version</source>
      <translation>Versión</translation>
    </message>
  </context>
  <context>
    <name>LibrariesTable</name>
    <message>
      <source>Filter libraries</source>
      <translation>Filtrar bibliotecas</translation>
    </message>
    <message>
      <source>Libraries</source>
      <translation>Bibliotecas</translation>
    </message>
    <message>
      <source>Loading…</source>
      <translation>Cargando…</translation>
    </message>
    <message>
      <source>Nothing found for “{q}”.</source>
      <translation>Nada encontrado para “{q}”.</translation>
    </message>
  </context>
  <context>
    <name>LibraryDialog</name>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
  </context>
  <context>
    <name>LinksSection</name>
    <message>
      <source>Links to chats (aica://…) do not open with this app yet.</source>
      <translation>Los enlaces a chats (aica://…) aún no se abren con esta aplicación.</translation>
    </message>
    <message>
      <source>Links to chats (aica://…) open with this app, from any other program.</source>
      <translation>Los enlaces a chats (aica://…) se abren con esta aplicación, desde cualquier otro programa.</translation>
    </message>
    <message>
      <source>Open aica:// links with this app</source>
      <translation>Abrir los enlaces aica:// con esta aplicación</translation>
    </message>
    <message>
      <source>This system cannot be told which program opens aica:// links.</source>
      <translation>A este sistema no se le puede indicar qué programa abre los enlaces aica://.</translation>
    </message>
  </context>
  <context>
    <name>LoadFields</name>
    <message>
      <source> %</source>
      <translation> %</translation>
    </message>
    <message>
      <source>A share</source>
      <translation>Una parte</translation>
    </message>
    <message>
      <source>Batch size</source>
      <translation>Tamaño de lote</translation>
    </message>
    <message>
      <source>Context window</source>
      <translation>Ventana de contexto</translation>
    </message>
    <message>
      <source>Default</source>
      <translation>Predeterminado</translation>
    </message>
    <message>
      <source>GPU</source>
      <translation>GPU</translation>
    </message>
    <message>
      <source>GPU share</source>
      <translation>Parte en la GPU</translation>
    </message>
    <message>
      <source>Keep in memory</source>
      <translation>Mantener en memoria</translation>
    </message>
    <message>
      <source>Max</source>
      <translation>Máximo</translation>
    </message>
    <message>
      <source>Off</source>
      <translation>No</translation>
    </message>
    <message>
      <source>Template</source>
      <translation>Plantilla</translation>
    </message>
    <message>
      <source>Until it is unloaded</source>
      <translation>Hasta quitarlo de la memoria</translation>
    </message>
    <message>
      <source>of {n} at most</source>
      <translation>de {n} como máximo</translation>
    </message>
  </context>
  <context>
    <name>LoadForm</name>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Chats with this model begin with it: {what}</source>
      <translation>Los chats con este modelo empiezan con: {what}</translation>
    </message>
    <message>
      <source>Choose a window to see what it takes.</source>
      <translation>Elegir una ventana para ver lo que ocupa.</translation>
    </message>
    <message>
      <source>GPU</source>
      <translation>GPU</translation>
    </message>
    <message>
      <source>It does not fit into the graphics card's free memory as a whole.</source>
      <translation>No cabe entero en la memoria libre de la tarjeta gráfica.</translation>
    </message>
    <message>
      <source>It fits into the graphics card's free memory.</source>
      <translation>Cabe en la memoria libre de la tarjeta gráfica.</translation>
    </message>
    <message>
      <source>Load</source>
      <translation>Cargar</translation>
    </message>
    <message>
      <source>Load anew</source>
      <translation>Cargar de nuevo</translation>
    </message>
    <message>
      <source>Load {name}</source>
      <translation>Cargar {name}</translation>
    </message>
    <message>
      <source>Looking whether it fits.</source>
      <translation>Comprobando si cabe.</translation>
    </message>
    <message>
      <source>Name of the template</source>
      <translation>Nombre de la plantilla</translation>
    </message>
    <message>
      <source>No window of use fits.</source>
      <translation>No cabe ninguna ventana útil.</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Ninguna</translation>
    </message>
    <message>
      <source>Not taken here: {names}.</source>
      <translation>Aquí no se admite: {names}.</translation>
    </message>
    <message>
      <source>Save</source>
      <translation>Guardar</translation>
    </message>
    <message>
      <source>Save as template…</source>
      <translation>Guardar como plantilla…</translation>
    </message>
    <message>
      <source>Save template</source>
      <translation>Guardar plantilla</translation>
    </message>
    <message>
      <source>Set the time only</source>
      <translation>Cambiar solo el tiempo</translation>
    </message>
    <message>
      <source>Template</source>
      <translation>Plantilla</translation>
    </message>
    <message>
      <source>The largest window that fits: {n} tokens.</source>
      <translation>La ventana más grande que cabe: {n} tokens.</translation>
    </message>
    <message>
      <source>Whether it fits</source>
      <translation>Si cabe o no</translation>
    </message>
    <message>
      <source>batch size</source>
      <translation>tamaño de lote</translation>
    </message>
    <message>
      <source>context window</source>
      <translation>ventana de contexto</translation>
    </message>
    <message>
      <source>loaded now: loading anew ends what it writes</source>
      <translation>cargado ahora: cargarlo de nuevo corta lo que escribe</translation>
    </message>
    <message>
      <source>time in memory</source>
      <translation>tiempo en memoria</translation>
    </message>
    <message>
      <source>until it is unloaded</source>
      <translation>hasta quitarlo de la memoria</translation>
    </message>
    <message>
      <source>{n} h</source>
      <translation>{n} h</translation>
    </message>
    <message>
      <source>{n} min</source>
      <translation>{n} min</translation>
    </message>
    <message>
      <source>{n} s</source>
      <translation>{n} s</translation>
    </message>
  </context>
  <context>
    <name>LocalModels</name>
    <message>
      <source>Add as a server of its own</source>
      <translation>Añadir como servidor propio</translation>
    </message>
    <message>
      <source>Address</source>
      <translation>Dirección</translation>
    </message>
    <message>
      <source>Choose certificate file…</source>
      <translation>Elegir archivo de certificado…</translation>
    </message>
    <message>
      <source>Connected. {n} of {m} checks passed in {t} s.</source>
      <translation>Conexión correcta. {n} de {m} comprobaciones superadas en {t} s.</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>Eliminar</translation>
    </message>
    <message>
      <source>Delete {name}?</source>
      <translation>¿Eliminar {name}?</translation>
    </message>
    <message>
      <source>Enter key</source>
      <translation>Introducir clave</translation>
    </message>
    <message>
      <source>Get {name}</source>
      <translation>Obtener {name}</translation>
    </message>
    <message>
      <source>Identity</source>
      <translation>Identidad</translation>
    </message>
    <message>
      <source>Keep</source>
      <translation>Conservar</translation>
    </message>
    <message>
      <source>Last seen at {t}.</source>
      <translation>Visto por última vez a las {t}.</translation>
    </message>
    <message>
      <source>Last {n} min</source>
      <translation>Últ. {n} min</translation>
    </message>
    <message>
      <source>Loaded</source>
      <translation>Cargado</translation>
    </message>
    <message>
      <source>Loading</source>
      <translation>Cargando</translation>
    </message>
    <message>
      <source>Loading {n} %</source>
      <translation>Cargando {n} %</translation>
    </message>
    <message>
      <source>Looking again every {n} s.</source>
      <translation>Se busca de nuevo cada {n} s.</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelos</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>Nombre</translation>
    </message>
    <message>
      <source>Not loaded</source>
      <translation>Sin cargar</translation>
    </message>
    <message>
      <source>Not seen yet.</source>
      <translation>Aún sin ver.</translation>
    </message>
    <message>
      <source>Not tried</source>
      <translation>Sin probar</translation>
    </message>
    <message>
      <source>Port</source>
      <translation>Puerto</translation>
    </message>
    <message>
      <source>Port {n}</source>
      <translation>Puerto {n}</translation>
    </message>
    <message>
      <source>Program</source>
      <translation>Programa</translation>
    </message>
    <message>
      <source>Reach it without the proxy</source>
      <translation>Alcanzarlo sin el proxy</translation>
    </message>
    <message>
      <source>Server</source>
      <translation>Servidor</translation>
    </message>
    <message>
      <source>Server not reachable</source>
      <translation>No se puede alcanzar el servidor</translation>
    </message>
    <message>
      <source>Server stopped</source>
      <translation>Servidor detenido</translation>
    </message>
    <message>
      <source>Start server</source>
      <translation>Iniciar servidor</translation>
    </message>
    <message>
      <source>Stopped. {what}</source>
      <translation>Detenido. {what}</translation>
    </message>
    <message>
      <source>The options are not remembered for the next time: {why}</source>
      <translation>Las opciones no se recuerdan para la próxima vez: {why}</translation>
    </message>
    <message>
      <source>This server is on another computer: start and stop it there.</source>
      <translation>Este servidor está en otro ordenador: se inicia y se detiene allí.</translation>
    </message>
    <message>
      <source>Undo knows the window alone: {why}</source>
      <translation>Deshacer solo conoce la ventana: {why}</translation>
    </message>
    <message>
      <source>Unloading</source>
      <translation>Quitando de la memoria</translation>
    </message>
    <message>
      <source>Use {place}</source>
      <translation>Usar {place}</translation>
    </message>
    <message>
      <source>just now</source>
      <translation>ahora mismo</translation>
    </message>
    <message>
      <source>median {n} ms</source>
      <translation>mediana {n} ms</translation>
    </message>
    <message>
      <source>seen since {t}</source>
      <translation>visto desde las {t}</translation>
    </message>
    <message>
      <source>stays loaded</source>
      <translation>sigue cargado</translation>
    </message>
    <message>
      <source>under 1 min left</source>
      <translation>queda menos de 1 min</translation>
    </message>
    <message>
      <source>{n} h ago</source>
      <translation>hace {n} h</translation>
    </message>
    <message>
      <source>{n} h left</source>
      <translation>quedan {n} h</translation>
    </message>
    <message>
      <source>{n} min ago</source>
      <translation>hace {n} min</translation>
    </message>
    <message>
      <source>{n} min left</source>
      <translation>quedan {n} min</translation>
    </message>
    <message>
      <source>{n} models known from before.</source>
      <translation>{n} modelos conocidos de antes.</translation>
    </message>
    <message>
      <source>{n} models unloaded</source>
      <translation>{n} modelos quitados de la memoria</translation>
    </message>
    <message>
      <source>{n} ms</source>
      <translation>{n} ms</translation>
    </message>
    <message>
      <source>{runtime} deletes it at once. This cannot be undone; it would have to be fetched once more.</source>
      <translation>{runtime} lo elimina al momento. No se puede deshacer; habría que descargarlo otra vez.</translation>
    </message>
    <message>
      <source>“{m}” is being loaded or unloaded already.</source>
      <translation>“{m}” ya se está cargando o quitando de la memoria.</translation>
    </message>
    <message>
      <source>“{m}” is deleted, about {size} are free again.</source>
      <translation>“{m}” se eliminó; vuelven a quedar libres unos {size}.</translation>
    </message>
    <message>
      <source>“{m}” is deleted.</source>
      <translation>“{m}” se eliminó.</translation>
    </message>
    <message>
      <source>“{m}” is not loaded again: it was in memory of another server, {address}.</source>
      <translation>“{m}” no se carga de nuevo: estaba en la memoria de otro servidor, {address}.</translation>
    </message>
    <message>
      <source>“{m}” unloaded</source>
      <translation>“{m}” quitado de la memoria</translation>
    </message>
    <message>
      <source>≈ {size}</source>
      <translation>≈ {size}</translation>
    </message>
  </context>
  <context>
    <name>LocalModelsPage</name>
    <message>
      <source>1 model</source>
      <translation>1 modelo</translation>
    </message>
    <message>
      <source>Eject all</source>
      <translation>Quitar todos de la memoria</translation>
    </message>
    <message>
      <source>Filter local models</source>
      <translation>Filtrar modelos locales</translation>
    </message>
    <message>
      <source>Get models…</source>
      <translation>Obtener modelos…</translation>
    </message>
    <message>
      <source>Looking for models.</source>
      <translation>Buscando modelos.</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelos</translation>
    </message>
    <message>
      <source>No models yet.</source>
      <translation>Aún no hay modelos.</translation>
    </message>
    <message>
      <source>Nothing found for “{q}”.</source>
      <translation>Nada encontrado para “{q}”.</translation>
    </message>
    <message>
      <source>Nothing is in memory.</source>
      <translation>No hay nada en memoria.</translation>
    </message>
    <message>
      <source>Refresh models</source>
      <translation>Actualizar modelos</translation>
    </message>
    <message>
      <source>{n} models</source>
      <translation>{n} modelos</translation>
    </message>
  </context>
  <context>
    <name>LogTable</name>
    <message>
      <source>Connections</source>
      <translation>Conexiones</translation>
    </message>
  </context>
  <context>
    <name>LongText</name>
    <message>
      <source>Pasted text</source>
      <translation>Texto pegado</translation>
    </message>
    <message>
      <source>Put it into the text</source>
      <translation>Ponerlo en el texto</translation>
    </message>
    <message>
      <source>Remove pasted text</source>
      <translation>Quitar texto pegado</translation>
    </message>
    <message>
      <source>Remove pasted text (Del)</source>
      <translation>Quitar texto pegado (Supr)</translation>
    </message>
    <message>
      <source>{n} line</source>
      <translation>{n} línea</translation>
    </message>
    <message>
      <source>{n} lines</source>
      <translation>{n} líneas</translation>
    </message>
    <message>
      <source>≈ {n} tokens</source>
      <translation>≈ {n} tokens</translation>
    </message>
  </context>
  <context>
    <name>MessageEdit</name>
    <message>
      <source>Message</source>
      <translation>Mensaje</translation>
    </message>
  </context>
  <context>
    <name>Messages</name>
    <message>
      <source>, {n} reused</source>
      <translation>, {n} reutilizados</translation>
    </message>
    <message>
      <source>Another model</source>
      <translation>Otro modelo</translation>
    </message>
    <message>
      <source>Answer</source>
      <translation>Respuesta</translation>
    </message>
    <message numerus="yes">
      <source>Summary of {n} earlier messages, written by {model}</source>
      <translation>
        <numerusform>Resumen de {n} mensaje anterior, escrito por {model}</numerusform>
        <numerusform>Resumen de {n} mensajes anteriores, escrito por {model}</numerusform>
      </translation>
    </message>
    <message>
      <source>You</source>
      <translation>Tú</translation>
    </message>
    <message>
      <source>another model</source>
      <translation>otro modelo</translation>
    </message>
    <message>
      <source>chosen by Auto</source>
      <translation>elegido por Auto</translation>
    </message>
    <message>
      <source>earlier messages changed</source>
      <translation>cambiaron mensajes anteriores</translation>
    </message>
    <message>
      <source>interrupted</source>
      <translation>interrumpida</translation>
    </message>
    <message>
      <source>stopped</source>
      <translation>detenida</translation>
    </message>
    <message>
      <source>the system prompt changed</source>
      <translation>cambió el mensaje del sistema</translation>
    </message>
    <message>
      <source>this chat was shortened</source>
      <translation>este chat se acortó</translation>
    </message>
    <message>
      <source>{m} min {s} s</source>
      <translation>{m} min {s} s</translation>
    </message>
    <message>
      <source>{names} not sent</source>
      <translation>{names} sin enviar</translation>
    </message>
    <message>
      <source>{n} in</source>
      <translation>{n} de ida</translation>
    </message>
    <message>
      <source>{n} s</source>
      <translation>{n} s</translation>
    </message>
    <message>
      <source>{n} tok/s</source>
      <translation>{n} tok/s</translation>
    </message>
    <message>
      <source>{n} token</source>
      <translation>{n} token</translation>
    </message>
    <message numerus="yes">
      <source>{n} tokens</source>
      <translation>
        <numerusform>{n} token</numerusform>
        <numerusform>{n} tokens</numerusform>
      </translation>
    </message>
    <message>
      <source>{s} to first token</source>
      <translation>{s} hasta el primer token</translation>
    </message>
  </context>
  <context>
    <name>ModelButton</name>
    <message>
      <source>Choose a model</source>
      <translation>Elegir un modelo</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>No model chosen</source>
      <translation>Ningún modelo elegido</translation>
    </message>
    <message>
      <source>Simulated</source>
      <translation>Simulado</translation>
    </message>
  </context>
  <context>
    <name>ModelTable</name>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>Contexto</translation>
    </message>
    <message>
      <source>Figures of models</source>
      <translation>Cifras de los modelos</translation>
    </message>
    <message>
      <source>Last used</source>
      <translation>Último uso</translation>
    </message>
    <message>
      <source>Load…</source>
      <translation>Cargar…</translation>
    </message>
    <message>
      <source>Memory</source>
      <translation>Memoria</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>Quant</source>
      <translation>Cuant.</translation>
    </message>
    <message>
      <source>Runtime</source>
      <translation>Programa</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>Tamaño</translation>
    </message>
    <message>
      <source>Speed</source>
      <translation>Velocidad</translation>
    </message>
    <message>
      <source>State</source>
      <translation>Estado</translation>
    </message>
    <message>
      <source>Unload</source>
      <translation>Quitar de la memoria</translation>
    </message>
    <message>
      <source>last used {t}</source>
      <translation>último uso {t}</translation>
    </message>
    <message>
      <source>simulated</source>
      <translation>simulado</translation>
    </message>
    <message>
      <source>takes {n} of memory</source>
      <translation>ocupa {n} de memoria</translation>
    </message>
    <message>
      <source>window {c}</source>
      <translation>ventana {c}</translation>
    </message>
  </context>
  <context>
    <name>Models</name>
    <message>
      <source>Goes to {host}</source>
      <translation>Va a {host}</translation>
    </message>
    <message>
      <source>Goes to {host} on your network</source>
      <translation>Va a {host} en la red propia</translation>
    </message>
    <message>
      <source>Goes to {server} on this computer</source>
      <translation>Va a {server} en este ordenador</translation>
    </message>
    <message>
      <source>Looking</source>
      <translation>Comprobando</translation>
    </message>
    <message>
      <source>No model chosen</source>
      <translation>Ningún modelo elegido</translation>
    </message>
    <message>
      <source>Not reachable</source>
      <translation>No se puede alcanzar</translation>
    </message>
    <message>
      <source>Simulated answers. No model is running.</source>
      <translation>Respuestas simuladas. Ningún modelo está en marcha.</translation>
    </message>
    <message>
      <source>Simulated model</source>
      <translation>Modelo simulado</translation>
    </message>
    <message>
      <source>Stays on this computer</source>
      <translation>Se queda en este ordenador</translation>
    </message>
    <message>
      <source>answers in {n} ms</source>
      <translation>responde en {n} ms</translation>
    </message>
    <message>
      <source>cloud</source>
      <translation>nube</translation>
    </message>
    <message>
      <source>loads files of this computer</source>
      <translation>carga archivos de este ordenador</translation>
    </message>
    <message>
      <source>this computer</source>
      <translation>este ordenador</translation>
    </message>
  </context>
  <context>
    <name>ModelsTable</name>
    <message>
      <source>Delete…</source>
      <translation>Eliminar…</translation>
    </message>
    <message>
      <source>Keep in memory</source>
      <translation>Mantener en memoria</translation>
    </message>
    <message>
      <source>Load anew with other options…</source>
      <translation>Cargar de nuevo con otras opciones…</translation>
    </message>
    <message>
      <source>Local models</source>
      <translation>Modelos locales</translation>
    </message>
    <message>
      <source>Server</source>
      <translation>Servidor</translation>
    </message>
    <message>
      <source>Show folder</source>
      <translation>Mostrar carpeta</translation>
    </message>
    <message>
      <source>Sort by</source>
      <translation>Ordenar por</translation>
    </message>
    <message>
      <source>Until it is unloaded</source>
      <translation>Hasta quitarlo de la memoria</translation>
    </message>
  </context>
  <context>
    <name>NetworkLog</name>
    <message>
      <source>1 host since the app started</source>
      <translation>1 host desde que se inició la aplicación</translation>
    </message>
    <message>
      <source>Bytes out / in</source>
      <translation>Bytes de ida / vuelta</translation>
    </message>
    <message>
      <source>Host</source>
      <translation>Host</translation>
    </message>
    <message>
      <source>Nothing has left this app since it started.</source>
      <translation>Nada ha salido de esta aplicación desde que se inició.</translation>
    </message>
    <message>
      <source>Nothing has left this computer since the app started.</source>
      <translation>Nada ha salido de este ordenador desde que se inició la aplicación.</translation>
    </message>
    <message>
      <source>Purpose</source>
      <translation>Finalidad</translation>
    </message>
    <message>
      <source>Status</source>
      <translation>Estado</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>Hora</translation>
    </message>
    <message>
      <source>Took</source>
      <translation>Duración</translation>
    </message>
    <message>
      <source>built-in engine</source>
      <translation>motor integrado</translation>
    </message>
    <message>
      <source>chat</source>
      <translation>chat</translation>
    </message>
    <message>
      <source>connection check</source>
      <translation>prueba de conexión</translation>
    </message>
    <message>
      <source>delete</source>
      <translation>borrar</translation>
    </message>
    <message>
      <source>done</source>
      <translation>terminada</translation>
    </message>
    <message>
      <source>first run</source>
      <translation>primer inicio</translation>
    </message>
    <message>
      <source>gateway</source>
      <translation>pasarela</translation>
    </message>
    <message>
      <source>health</source>
      <translation>estado</translation>
    </message>
    <message>
      <source>load</source>
      <translation>cargar</translation>
    </message>
    <message>
      <source>loaded models</source>
      <translation>modelos cargados</translation>
    </message>
    <message>
      <source>model details</source>
      <translation>detalles del modelo</translation>
    </message>
    <message>
      <source>model hub</source>
      <translation>catálogo de modelos</translation>
    </message>
    <message>
      <source>models</source>
      <translation>modelos</translation>
    </message>
    <message>
      <source>outside your network</source>
      <translation>fuera de la red propia</translation>
    </message>
    <message>
      <source>pull</source>
      <translation>descarga</translation>
    </message>
    <message>
      <source>running</source>
      <translation>en curso</translation>
    </message>
    <message>
      <source>this computer</source>
      <translation>este ordenador</translation>
    </message>
    <message>
      <source>unload</source>
      <translation>liberar</translation>
    </message>
    <message>
      <source>your network</source>
      <translation>red propia</translation>
    </message>
    <message>
      <source>{hosts}, all set up by you.</source>
      <translation>{hosts}, solo servidores configurados aquí.</translation>
    </message>
    <message>
      <source>{hosts}, not all of them servers of yours: {names}.</source>
      <translation>{hosts}, no todos son servidores configurados aquí: {names}.</translation>
    </message>
    <message>
      <source>{n} connections written to {path}.</source>
      <translation>{n} conexiones escritas en {path}.</translation>
    </message>
    <message>
      <source>{n} hosts since the app started</source>
      <translation>{n} hosts desde que se inició la aplicación</translation>
    </message>
    <message>
      <source>{n} ms</source>
      <translation>{n} ms</translation>
    </message>
    <message>
      <source>{n} s</source>
      <translation>{n} s</translation>
    </message>
    <message>
      <source>{out} / {back}</source>
      <translation>{out} / {back}</translation>
    </message>
    <message>
      <source>{path} cannot be written: {why}</source>
      <translation>{path} no se puede escribir: {why}</translation>
    </message>
  </context>
  <context>
    <name>NewServerForm</name>
    <message>
      <source>A short name is small letters, digits, - and _, and begins with a letter or digit.</source>
      <translation>Un nombre corto se compone de minúsculas, cifras, - y _, y empieza por una letra o una cifra.</translation>
    </message>
    <message>
      <source>Add</source>
      <translation>Añadir</translation>
    </message>
    <message>
      <source>Add a server</source>
      <translation>Añadir un servidor</translation>
    </message>
    <message>
      <source>Add server</source>
      <translation>Añadir servidor</translation>
    </message>
    <message>
      <source>Address</source>
      <translation>Dirección</translation>
    </message>
    <message>
      <source>Any server that speaks OpenAI's interface: llama-server, vLLM, OpenRouter, a colleague's.</source>
      <translation>Cualquier servidor con la interfaz de OpenAI: llama-server, vLLM, OpenRouter, el de otra persona.</translation>
    </message>
    <message>
      <source>Enter the server's address.</source>
      <translation>Introducir la dirección del servidor.</translation>
    </message>
    <message>
      <source>Fill in {name}</source>
      <translation>Rellenar {name}</translation>
    </message>
    <message>
      <source>Fill in:</source>
      <translation>Rellenar:</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>Nombre</translation>
    </message>
    <message>
      <source>Server address</source>
      <translation>Dirección del servidor</translation>
    </message>
    <message>
      <source>Server key</source>
      <translation>Identificador del servidor</translation>
    </message>
    <message>
      <source>Server name</source>
      <translation>Nombre del servidor</translation>
    </message>
    <message>
      <source>Short name, before the model's where both are named</source>
      <translation>Nombre corto, delante del modelo donde se nombran ambos</translation>
    </message>
    <message>
      <source>Workshop</source>
      <translation>Taller</translation>
    </message>
    <message>
      <source>made from the name</source>
      <translation>se forma a partir del nombre</translation>
    </message>
    <message>
      <source>{key} is taken.</source>
      <translation>{key} ya está en uso.</translation>
    </message>
  </context>
  <context>
    <name>NewTokenForm</name>
    <message>
      <source>A token needs a name.</source>
      <translation>Un token necesita un nombre.</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Cancel new token</source>
      <translation>Cancelar el token nuevo</translation>
    </message>
    <message>
      <source>Create</source>
      <translation>Crear</translation>
    </message>
    <message>
      <source>Create token</source>
      <translation>Crear token</translation>
    </message>
    <message>
      <source>Name of the program or person</source>
      <translation>Nombre del programa o de la persona</translation>
    </message>
    <message>
      <source>Token name</source>
      <translation>Nombre del token</translation>
    </message>
    <message>
      <source>editor</source>
      <translation>editor</translation>
    </message>
  </context>
  <context>
    <name>NoticeBar</name>
    <message>
      <source>Close notice</source>
      <translation>Cerrar aviso</translation>
    </message>
    <message>
      <source>More choices</source>
      <translation>Más opciones</translation>
    </message>
    <message>
      <source>More…</source>
      <translation>Más…</translation>
    </message>
  </context>
  <context>
    <name>OptionalNumberField</name>
    <message>
      <source>From {least} to {most}.</source>
      <translation>De {least} a {most}.</translation>
    </message>
    <message>
      <source>This is not a number.</source>
      <translation>Esto no es un número.</translation>
    </message>
    <message>
      <source>This is not a whole number.</source>
      <translation>Esto no es un número entero.</translation>
    </message>
  </context>
  <context>
    <name>OrganiseController</name>
    <message>
      <source>Folder renamed</source>
      <translation>Carpeta renombrada</translation>
    </message>
    <message>
      <source>Folder “{name}” deleted</source>
      <translation>Carpeta “{name}” eliminada</translation>
    </message>
    <message>
      <source>Folder “{name}” made</source>
      <translation>Carpeta “{name}” creada</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>Tags changed</source>
      <translation>Etiquetas cambiadas</translation>
    </message>
    <message>
      <source>{n} chats archived</source>
      <translation>{n} chats archivados</translation>
    </message>
    <message>
      <source>{n} chats moved</source>
      <translation>{n} chats movidos</translation>
    </message>
    <message>
      <source>{n} chats pinned</source>
      <translation>{n} chats fijados</translation>
    </message>
    <message>
      <source>{n} chats restored</source>
      <translation>{n} chats restaurados</translation>
    </message>
    <message>
      <source>{n} chats unarchived</source>
      <translation>{n} chats desarchivados</translation>
    </message>
    <message>
      <source>{n} chats unpinned</source>
      <translation>{n} chats ya no fijados</translation>
    </message>
    <message>
      <source>“{title}” archived</source>
      <translation>“{title}” archivado</translation>
    </message>
    <message>
      <source>“{title}” moved</source>
      <translation>“{title}” movido</translation>
    </message>
    <message>
      <source>“{title}” pinned</source>
      <translation>“{title}” fijado</translation>
    </message>
    <message>
      <source>“{title}” restored</source>
      <translation>“{title}” restaurado</translation>
    </message>
    <message>
      <source>“{title}” unarchived</source>
      <translation>“{title}” desarchivado</translation>
    </message>
    <message>
      <source>“{title}” unpinned</source>
      <translation>“{title}” ya no fijado</translation>
    </message>
  </context>
  <context>
    <name>OrganiseWiring</name>
    <message>
      <source>A copy from before an upgrade keeps what was in it: {file}</source>
      <translation>Una copia anterior a una actualización conserva lo que contenía: {file}</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Chat renamed</source>
      <translation>Chat renombrado</translation>
    </message>
    <message>
      <source>Delete for good</source>
      <translation>Eliminar definitivamente</translation>
    </message>
    <message>
      <source>Delete the {n} chats in the trash for good?</source>
      <translation>¿Eliminar definitivamente los {n} chats de la papelera?</translation>
    </message>
    <message>
      <source>Delete {n} chats for good?</source>
      <translation>¿Eliminar definitivamente {n} chats?</translation>
    </message>
    <message>
      <source>Delete “{title}” for good?</source>
      <translation>¿Eliminar definitivamente “{title}”?</translation>
    </message>
    <message>
      <source>It is removed from the file and from the search index. This cannot be undone.</source>
      <translation>Se quita del archivo y del índice de búsqueda. No se puede deshacer.</translation>
    </message>
    <message>
      <source>New folder</source>
      <translation>Nueva carpeta</translation>
    </message>
    <message>
      <source>Rename folder</source>
      <translation>Renombrar carpeta</translation>
    </message>
    <message>
      <source>Tags</source>
      <translation>Etiquetas</translation>
    </message>
    <message>
      <source>Tags of {n} chats</source>
      <translation>Etiquetas de {n} chats</translation>
    </message>
    <message>
      <source>Tags of “{title}”</source>
      <translation>Etiquetas de “{title}”</translation>
    </message>
    <message>
      <source>with commas between</source>
      <translation>separadas por comas</translation>
    </message>
  </context>
  <context>
    <name>Palette</name>
    <message>
      <source>1 result</source>
      <translation>1 resultado</translation>
    </message>
    <message>
      <source>Chats</source>
      <translation>Chats</translation>
    </message>
    <message>
      <source>Command palette</source>
      <translation>Paleta de comandos</translation>
    </message>
    <message>
      <source>Commands</source>
      <translation>Comandos</translation>
    </message>
    <message>
      <source>Enter  open</source>
      <translation>Intro  abrir</translation>
    </message>
    <message>
      <source>Esc</source>
      <translation>Esc</translation>
    </message>
    <message>
      <source>Link</source>
      <translation>Enlace</translation>
    </message>
    <message>
      <source>Messages</source>
      <translation>Mensajes</translation>
    </message>
    <message>
      <source>Messages, chats, commands, settings; &gt; for commands only</source>
      <translation>Mensajes, chats, comandos, ajustes; &gt; solo para comandos</translation>
    </message>
    <message>
      <source>Narrow with</source>
      <translation>Acotar con</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>Nothing found</source>
      <translation>Nada encontrado</translation>
    </message>
    <message>
      <source>Nothing found for “{q}”.</source>
      <translation>Nada encontrado para “{q}”.</translation>
    </message>
    <message>
      <source>Open the chat of this link</source>
      <translation>Abrir el chat de este enlace</translation>
    </message>
    <message>
      <source>Recent chats</source>
      <translation>Chats recientes</translation>
    </message>
    <message>
      <source>Results</source>
      <translation>Resultados</translation>
    </message>
    <message>
      <source>Search everything</source>
      <translation>Buscar en todo</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>Ajustes</translation>
    </message>
    <message>
      <source>Show all {n}</source>
      <translation>Ver los {n}</translation>
    </message>
    <message>
      <source>Untitled</source>
      <translation>Sin título</translation>
    </message>
    <message>
      <source>{ms} ms</source>
      <translation>{ms} ms</translation>
    </message>
    <message>
      <source>{n} found</source>
      <translation>{n} encontrados</translation>
    </message>
    <message>
      <source>{n} found in the newest that match</source>
      <translation>{n} encontrados entre los más recientes que coinciden</translation>
    </message>
    <message>
      <source>{n} or more found</source>
      <translation>{n} o más encontrados</translation>
    </message>
    <message>
      <source>{n} results</source>
      <translation>{n} resultados</translation>
    </message>
  </context>
  <context>
    <name>PaneHeader</name>
    <message>
      <source>Show conversations</source>
      <translation>Mostrar los chats</translation>
    </message>
    <message>
      <source>{close} (Esc)</source>
      <translation>{close} (Esc)</translation>
    </message>
  </context>
  <context>
    <name>PathField</name>
    <message>
      <source>This is not a full path.</source>
      <translation>Esto no es una ruta completa.</translation>
    </message>
  </context>
  <context>
    <name>PathsField</name>
    <message>
      <source>{path} is not a full path.</source>
      <translation>{path} no es una ruta completa.</translation>
    </message>
  </context>
  <context>
    <name>PeriodTable</name>
    <message>
      <source>Figures by time</source>
      <translation>Cifras por periodo</translation>
    </message>
  </context>
  <context>
    <name>Picker</name>
    <message>
      <source>Ask all servers again (Ctrl+R)</source>
      <translation>Preguntar de nuevo a todos los servidores (Ctrl+R)</translation>
    </message>
    <message>
      <source>Auto</source>
      <translation>Auto</translation>
    </message>
    <message>
      <source>Choose a model</source>
      <translation>Elegir un modelo</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>Contexto</translation>
    </message>
    <message>
      <source>Enter  choose      Ctrl+Enter  compare      Ctrl+D  favourite      Esc  close</source>
      <translation>Intro  elegir      Ctrl+Intro  comparar      Ctrl+D  favorito      Esc  cerrar</translation>
    </message>
    <message>
      <source>Favourites and recent</source>
      <translation>Favoritos y recientes</translation>
    </message>
    <message>
      <source>Filter 1 model</source>
      <translation>Filtrar 1 modelo</translation>
    </message>
    <message>
      <source>Filter models</source>
      <translation>Filtrar modelos</translation>
    </message>
    <message>
      <source>Filter {n} models</source>
      <translation>Filtrar {n} modelos</translation>
    </message>
    <message>
      <source>For trying out</source>
      <translation>Para probar</translation>
    </message>
    <message>
      <source>Get models…</source>
      <translation>Obtener modelos…</translation>
    </message>
    <message>
      <source>Loaded</source>
      <translation>Cargado</translation>
    </message>
    <message>
      <source>Loading</source>
      <translation>Cargando</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelos</translation>
    </message>
    <message>
      <source>No longer there</source>
      <translation>Ya no está</translation>
    </message>
    <message>
      <source>Not loaded</source>
      <translation>Sin cargar</translation>
    </message>
    <message>
      <source>Not reachable</source>
      <translation>No se puede alcanzar</translation>
    </message>
    <message>
      <source>Proposes a model for each message</source>
      <translation>Propone un modelo para cada mensaje</translation>
    </message>
    <message>
      <source>Quant</source>
      <translation>Cuant.</translation>
    </message>
    <message>
      <source>Refresh models, picker</source>
      <translation>Actualizar modelos, selector</translation>
    </message>
    <message>
      <source>Simulated</source>
      <translation>Simulado</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>Tamaño</translation>
    </message>
    <message>
      <source>State</source>
      <translation>Estado</translation>
    </message>
    <message>
      <source>To compare, four at most: {names}. Esc opens the comparison.</source>
      <translation>Para comparar, cuatro como máximo: {names}. Esc abre la comparación.</translation>
    </message>
    <message>
      <source>To compare: {names}. Esc opens the comparison.</source>
      <translation>Para comparar: {names}. Esc abre la comparación.</translation>
    </message>
    <message>
      <source>Without a server</source>
      <translation>Sin un servidor</translation>
    </message>
    <message>
      <source>cloud</source>
      <translation>nube</translation>
    </message>
    <message>
      <source>favourite</source>
      <translation>favorito</translation>
    </message>
    <message>
      <source>simulated</source>
      <translation>simulado</translation>
    </message>
    <message>
      <source>thinking</source>
      <translation>razonamiento</translation>
    </message>
    <message>
      <source>this computer or network</source>
      <translation>este ordenador o la red</translation>
    </message>
    <message>
      <source>tools</source>
      <translation>herramientas</translation>
    </message>
    <message>
      <source>vision</source>
      <translation>visión</translation>
    </message>
    <message>
      <source>window {c}</source>
      <translation>ventana {c}</translation>
    </message>
    <message>
      <source>{n} GB</source>
      <translation>{n} GB</translation>
    </message>
    <message>
      <source>{n} MB</source>
      <translation>{n} MB</translation>
    </message>
    <message>
      <source>{n} kB</source>
      <translation>{n} kB</translation>
    </message>
    <message>
      <source>{n} of {m}</source>
      <translation>{n} de {m}</translation>
    </message>
  </context>
  <context>
    <name>PresetButton</name>
    <message>
      <source>Chat settings…</source>
      <translation>Ajustes del chat…</translation>
    </message>
    <message>
      <source>Manage presets…</source>
      <translation>Gestionar preajustes…</translation>
    </message>
    <message>
      <source>Preset</source>
      <translation>Preajuste</translation>
    </message>
    <message>
      <source>Preset: {name}</source>
      <translation>Preajuste: {name}</translation>
    </message>
    <message>
      <source>Save as preset…</source>
      <translation>Guardar como preajuste…</translation>
    </message>
    <message>
      <source>Use “{preset}” for every chat with {model}</source>
      <translation>Usar “{preset}” en todos los chats con {model}</translation>
    </message>
    <message>
      <source>gone</source>
      <translation>ya no está</translation>
    </message>
    <message>
      <source>none</source>
      <translation>ninguno</translation>
    </message>
  </context>
  <context>
    <name>PresetsDialog</name>
    <message>
      <source>Delete</source>
      <translation>Eliminar</translation>
    </message>
    <message>
      <source>New name of “{name}”</source>
      <translation>Nombre nuevo de “{name}”</translation>
    </message>
    <message>
      <source>No presets yet. Choose values in a chat's settings, then save them as a preset.</source>
      <translation>Aún no hay preajustes. Elegir valores en los ajustes de un chat y guardarlos como preajuste.</translation>
    </message>
    <message>
      <source>Presets</source>
      <translation>Preajustes</translation>
    </message>
    <message>
      <source>Rename</source>
      <translation>Renombrar</translation>
    </message>
    <message>
      <source>Save the open chat's settings…</source>
      <translation>Guardar los ajustes del chat abierto…</translation>
    </message>
  </context>
  <context>
    <name>PrivacyPage</name>
    <message>
      <source>Every connection of this run is listed here, and what it was for. Contents are not recorded.</source>
      <translation>Aquí figura cada conexión de esta sesión, y para qué fue. No se registra su contenido.</translation>
    </message>
    <message>
      <source>Export</source>
      <translation>Exportar</translation>
    </message>
    <message>
      <source>Export connections</source>
      <translation>Exportar conexiones</translation>
    </message>
    <message>
      <source>Filter connections</source>
      <translation>Filtrar conexiones</translation>
    </message>
    <message>
      <source>Pause</source>
      <translation>Pausar</translation>
    </message>
    <message>
      <source>Pause the list</source>
      <translation>Pausar la lista</translation>
    </message>
    <message>
      <source>The list stands still; connections go on and are recorded.</source>
      <translation>La lista está quieta; las conexiones continúan y se registran.</translation>
    </message>
  </context>
  <context>
    <name>PromptSetPage</name>
    <message>
      <source>Export JSON…</source>
      <translation>Exportar JSON…</translation>
    </message>
    <message>
      <source>Models of the set</source>
      <translation>Modelos de la serie</translation>
    </message>
    <message>
      <source>Prompts asked</source>
      <translation>Mensajes preguntados</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Detener</translation>
    </message>
    <message>
      <source>Times and speed are medians over the answers that came to their end; tokens and cost are sums. Every prompt stands under Earlier comparisons, where it can be read and voted on.</source>
      <translation>Los tiempos y la velocidad son medianas de las respuestas que llegaron a su fin; los tokens y el coste son sumas. Cada mensaje está en Comparaciones anteriores, donde se puede leer y votar.</translation>
    </message>
  </context>
  <context>
    <name>Prompts</name>
    <message>
      <source>/{name} deleted</source>
      <translation>/{name} eliminado</translation>
    </message>
    <message>
      <source>/{name} is as it came with the program</source>
      <translation>/{name} está como venía con el programa</translation>
    </message>
    <message>
      <source>It is kept until the program ends: the store cannot be saved.</source>
      <translation>Se conserva hasta que termine el programa: el almacén no se puede guardar.</translation>
    </message>
    <message>
      <source>Manage prompts…</source>
      <translation>Gestionar textos guardados…</translation>
    </message>
    <message>
      <source>Prompts</source>
      <translation>Textos guardados</translation>
    </message>
  </context>
  <context>
    <name>PromptsDialog</name>
    <message>
      <source>Delete</source>
      <translation>Eliminar</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>Nombre</translation>
    </message>
    <message>
      <source>Name, typed behind a slash</source>
      <translation>Nombre, se escribe tras una barra</translation>
    </message>
    <message>
      <source>New prompt</source>
      <translation>Nuevo texto guardado</translation>
    </message>
    <message>
      <source>Prompts</source>
      <translation>Textos guardados</translation>
    </message>
    <message>
      <source>Restore the program's</source>
      <translation>Restaurar el del programa</translation>
    </message>
    <message>
      <source>Save</source>
      <translation>Guardar</translation>
    </message>
    <message>
      <source>Text</source>
      <translation>Texto</translation>
    </message>
    <message>
      <source>came with the program</source>
      <translation>venía con el programa</translation>
    </message>
    <message>
      <source>changed, not saved</source>
      <translation>cambiado, sin guardar</translation>
    </message>
    <message>
      <source>letters a to z, digits, - and _</source>
      <translation>letras de la a a la z, cifras, - y _</translation>
    </message>
    <message>
      <source>not saved</source>
      <translation>sin guardar</translation>
    </message>
    <message>
      <source>your own, in place of the program's</source>
      <translation>propio, en lugar del que trae el programa</translation>
    </message>
    <message>
      <source>{{input}} is where your own words go, else they follow the text. {{date}} is the day. Any other name in double braces is a place to be typed over.</source>
      <translation>{{input}} es donde van las palabras propias; si no está, siguen al texto. {{date}} es el día. Cualquier otro nombre entre llaves dobles es un lugar sobre el que se escribe.</translation>
    </message>
  </context>
  <context>
    <name>ProviderCard</name>
    <message>
      <source>Address</source>
      <translation>Dirección</translation>
    </message>
    <message>
      <source>Address of {name}</source>
      <translation>Dirección de {name}</translation>
    </message>
    <message>
      <source>Address, {name}</source>
      <translation>Dirección, {name}</translation>
    </message>
    <message>
      <source>Between two pieces of an answer</source>
      <translation>Entre dos partes de una respuesta</translation>
    </message>
    <message>
      <source>Its address and server:</source>
      <translation>Su dirección y servidor:</translation>
    </message>
    <message>
      <source>Local Models</source>
      <translation>Modelos locales</translation>
    </message>
    <message>
      <source>Lower is tried first</source>
      <translation>El menor se prueba primero</translation>
    </message>
    <message>
      <source>On</source>
      <translation>Activo</translation>
    </message>
    <message>
      <source>Priority</source>
      <translation>Prioridad</translation>
    </message>
    <message>
      <source>Priority, {name}</source>
      <translation>Prioridad, {name}</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Quitar</translation>
    </message>
    <message>
      <source>Remove {name}</source>
      <translation>Quitar {name}</translation>
    </message>
    <message>
      <source>Save the new address first: a key belongs to its address.</source>
      <translation>Primero hay que guardar la dirección nueva: una clave pertenece a su dirección.</translation>
    </message>
    <message>
      <source>Silence tolerated</source>
      <translation>Silencio tolerado</translation>
    </message>
    <message>
      <source>Silence tolerated, {name}</source>
      <translation>Silencio tolerado, {name}</translation>
    </message>
    <message>
      <source>Use {name}</source>
      <translation>Usar {name}</translation>
    </message>
    <message>
      <source>{name} on or off</source>
      <translation>Activar o desactivar {name}</translation>
    </message>
  </context>
  <context>
    <name>ProviderStates</name>
    <message>
      <source>Allows no more requests for now</source>
      <translation>Por ahora no permite más peticiones</translation>
    </message>
    <message>
      <source>Answers</source>
      <translation>Responde</translation>
    </message>
    <message>
      <source>Key refused</source>
      <translation>Clave rechazada</translation>
    </message>
    <message>
      <source>Looking</source>
      <translation>Comprobando</translation>
    </message>
    <message>
      <source>No model file found</source>
      <translation>No se encontró ningún archivo de modelo</translation>
    </message>
    <message>
      <source>Not installed</source>
      <translation>Sin instalar</translation>
    </message>
    <message>
      <source>Not reachable</source>
      <translation>No se puede alcanzar</translation>
    </message>
    <message>
      <source>Not running</source>
      <translation>Sin iniciar</translation>
    </message>
    <message>
      <source>Off</source>
      <translation>Apagado</translation>
    </message>
    <message>
      <source>Overloaded</source>
      <translation>Demasiada carga</translation>
    </message>
    <message>
      <source>Ready, no model loaded</source>
      <translation>Listo, ningún modelo cargado</translation>
    </message>
    <message>
      <source>Running</source>
      <translation>En marcha</translation>
    </message>
    <message>
      <source>Running, 1 model loaded</source>
      <translation>En marcha, 1 modelo cargado</translation>
    </message>
    <message>
      <source>Running, no model loaded</source>
      <translation>En marcha, ningún modelo cargado</translation>
    </message>
    <message>
      <source>Running, {n} models loaded</source>
      <translation>En marcha, {n} modelos cargados</translation>
    </message>
    <message>
      <source>Silent</source>
      <translation>Sin respuesta</translation>
    </message>
    <message>
      <source>Slow</source>
      <translation>Lento</translation>
    </message>
    <message>
      <source>Something else answers</source>
      <translation>Responde otra cosa</translation>
    </message>
    <message>
      <source>down since {t}</source>
      <translation>caído desde las {t}</translation>
    </message>
    <message>
      <source>{words} · answers in {n} ms</source>
      <translation>{words} · responde en {n} ms</translation>
    </message>
  </context>
  <context>
    <name>ProvidersPage</name>
    <message>
      <source>new server {name}</source>
      <translation>servidor nuevo {name}</translation>
    </message>
    <message>
      <source>{name} removed</source>
      <translation>{name} quitado</translation>
    </message>
    <message>
      <source>{name}, {address}: added when you save</source>
      <translation>{name}, {address}: se añade al guardar</translation>
    </message>
    <message>
      <source>{name}: removed when you save</source>
      <translation>{name}: se quita al guardar</translation>
    </message>
  </context>
  <context>
    <name>QKeySequenceEdit</name>
    <message>
      <source>Press shortcut</source>
      <translation>Pulsar teclas</translation>
    </message>
  </context>
  <context>
    <name>QShortcut</name>
    <message>
      <source>Alt</source>
      <translation>Alt</translation>
    </message>
    <message>
      <source>Backspace</source>
      <translation>Retroceso</translation>
    </message>
    <message>
      <source>Ctrl</source>
      <translation>Ctrl</translation>
    </message>
    <message>
      <source>Del</source>
      <translation>Supr</translation>
    </message>
    <message>
      <source>Enter</source>
      <translation>Intro</translation>
    </message>
    <message>
      <source>Esc</source>
      <translation>Esc</translation>
    </message>
    <message>
      <source>Return</source>
      <translation>Intro</translation>
    </message>
    <message>
      <source>Shift</source>
      <translation>Mayús</translation>
    </message>
  </context>
  <context>
    <name>QueueChips</name>
    <message>
      <source>Not sent by itself, since the answer before it did not end well. Click to edit and send.</source>
      <translation>No se envía solo, porque la respuesta anterior no terminó bien. Pulsar para editar y enviar.</translation>
    </message>
    <message>
      <source>Not sent: {prompt}</source>
      <translation>Sin enviar: {prompt}</translation>
    </message>
    <message>
      <source>Queued prompt {n}</source>
      <translation>Mensaje en cola {n}</translation>
    </message>
    <message>
      <source>Sent when the answer is done. Click to edit.</source>
      <translation>Se envía cuando termina la respuesta. Pulsar para editar.</translation>
    </message>
  </context>
  <context>
    <name>RequestDialog</name>
    <message>
      <source>Copies hold no key: they read it from an environment variable.</source>
      <translation>Las copias no contienen ninguna clave: la leen de una variable de entorno.</translation>
    </message>
    <message>
      <source>Copy as Python</source>
      <translation>Copiar como Python</translation>
    </message>
    <message>
      <source>Copy as curl</source>
      <translation>Copiar como curl</translation>
    </message>
    <message>
      <source>Messages sent</source>
      <translation>Mensajes enviados</translation>
    </message>
    <message>
      <source>No settings were sent: the model's own were used.</source>
      <translation>No se enviaron ajustes: se usaron los del modelo.</translation>
    </message>
    <message>
      <source>Only its beginning is shown. Copies hold all of it.</source>
      <translation>Solo se muestra el principio. Las copias lo contienen todo.</translation>
    </message>
    <message>
      <source>Request</source>
      <translation>Petición</translation>
    </message>
  </context>
  <context>
    <name>RequestsTable</name>
    <message>
      <source>Gateway requests</source>
      <translation>Peticiones a la pasarela</translation>
    </message>
  </context>
  <context>
    <name>ResourceGraphs</name>
    <message>
      <source>This computer, last 5 minutes</source>
      <translation>Este ordenador, últimos 5 minutos</translation>
    </message>
  </context>
  <context>
    <name>Resources</name>
    <message>
      <source>Graphics memory</source>
      <translation>Memoria gráfica</translation>
    </message>
    <message>
      <source>Graphics memory {n}</source>
      <translation>Memoria gráfica {n}</translation>
    </message>
    <message>
      <source>Memory</source>
      <translation>Memoria</translation>
    </message>
    <message>
      <source>Memory, {name}</source>
      <translation>Memoria, {name}</translation>
    </message>
    <message>
      <source>Not readable on this computer: {what}.</source>
      <translation>No se puede leer en este ordenador: {what}.</translation>
    </message>
    <message>
      <source>Processor</source>
      <translation>Procesador</translation>
    </message>
    <message>
      <source>between {a} and {b} in the last {n} min</source>
      <translation>entre {a} y {b} en los últimos {n} min</translation>
    </message>
    <message>
      <source>graphics memory</source>
      <translation>memoria gráfica</translation>
    </message>
    <message>
      <source>how busy the processor is</source>
      <translation>el uso del procesador</translation>
    </message>
    <message>
      <source>memory</source>
      <translation>memoria</translation>
    </message>
    <message>
      <source>now</source>
      <translation>ahora</translation>
    </message>
    <message>
      <source>{m}:{s} ago</source>
      <translation>hace {m}:{s}</translation>
    </message>
    <message>
      <source>{now} now, {range}</source>
      <translation>{now} ahora, {range}</translation>
    </message>
    <message>
      <source>{n} %</source>
      <translation>{n} %</translation>
    </message>
  </context>
  <context>
    <name>ResultsTable</name>
    <message>
      <source>Repositories found</source>
      <translation>Repositorios encontrados</translation>
    </message>
  </context>
  <context>
    <name>RuntimeCard</name>
    <message>
      <source>Checks</source>
      <translation>Comprobaciones</translation>
    </message>
    <message>
      <source>Connection result</source>
      <translation>Resultado de la conexión</translation>
    </message>
    <message>
      <source>Context window for new loads</source>
      <translation>Ventana de contexto para cargas nuevas</translation>
    </message>
    <message>
      <source>Context window, {name}</source>
      <translation>Ventana de contexto, {name}</translation>
    </message>
    <message>
      <source>Get {name}</source>
      <translation>Obtener {name}</translation>
    </message>
    <message>
      <source>Hide</source>
      <translation>Ocultar</translation>
    </message>
    <message>
      <source>Last half hour</source>
      <translation>Última media hora</translation>
    </message>
    <message>
      <source>Show</source>
      <translation>Mostrar</translation>
    </message>
    <message>
      <source>Show checks</source>
      <translation>Mostrar comprobaciones</translation>
    </message>
    <message>
      <source>Simulated</source>
      <translation>Simulado</translation>
    </message>
    <message>
      <source>Start server</source>
      <translation>Iniciar servidor</translation>
    </message>
    <message>
      <source>Starting</source>
      <translation>Iniciando</translation>
    </message>
    <message>
      <source>Stop server</source>
      <translation>Detener servidor</translation>
    </message>
    <message>
      <source>Stopping</source>
      <translation>Deteniendo</translation>
    </message>
    <message>
      <source>Test connection</source>
      <translation>Probar conexión</translation>
    </message>
    <message>
      <source>Testing</source>
      <translation>Probando</translation>
    </message>
    <message>
      <source>{name} is not installed on this computer.</source>
      <translation>{name} no está instalado en este ordenador.</translation>
    </message>
    <message>
      <source>{name} server URL</source>
      <translation>URL del servidor {name}</translation>
    </message>
    <message>
      <source>{name}'s own default of 4k cuts long chats without saying so.</source>
      <translation>El valor predeterminado de {name}, 4k, corta los chats largos sin avisar.</translation>
    </message>
  </context>
  <context>
    <name>SaveBar</name>
    <message>
      <source>Discard</source>
      <translation>Descartar</translation>
    </message>
    <message>
      <source>Save Settings</source>
      <translation>Guardar ajustes</translation>
    </message>
  </context>
  <context>
    <name>SearchField</name>
    <message>
      <source>Filter</source>
      <translation>Filtrar</translation>
    </message>
  </context>
  <context>
    <name>SearchPage</name>
    <message>
      <source>Any context</source>
      <translation>Cualquier contexto</translation>
    </message>
    <message>
      <source>Any licence</source>
      <translation>Cualquier licencia</translation>
    </message>
    <message>
      <source>Any quantization</source>
      <translation>Cualquier cuantización</translation>
    </message>
    <message>
      <source>Any size</source>
      <translation>Cualquier tamaño</translation>
    </message>
    <message>
      <source>Coder</source>
      <translation>Código</translation>
    </message>
    <message>
      <source>Context at least</source>
      <translation>Contexto mínimo</translation>
    </message>
    <message>
      <source>From {n}k</source>
      <translation>Desde {n}k</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>Licencia</translation>
    </message>
    <message>
      <source>Parameters at most</source>
      <translation>Parámetros máximos</translation>
    </message>
    <message>
      <source>Quantization</source>
      <translation>Cuantización</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>Buscar</translation>
    </message>
    <message>
      <source>Search for models</source>
      <translation>Buscar modelos</translation>
    </message>
    <message>
      <source>Search the hub</source>
      <translation>Buscar en el hub</translation>
    </message>
    <message>
      <source>Tools</source>
      <translation>Herramientas</translation>
    </message>
    <message>
      <source>Up to {n} B</source>
      <translation>Hasta {n} B</translation>
    </message>
    <message>
      <source>Vision</source>
      <translation>Visión</translation>
    </message>
    <message>
      <source>Words of a name, such as coder</source>
      <translation>Palabras de un nombre, como coder</translation>
    </message>
  </context>
  <context>
    <name>ServerLine</name>
    <message>
      <source>Undo</source>
      <translation>Deshacer</translation>
    </message>
    <message>
      <source>Undo: {text}</source>
      <translation>Deshacer: {text}</translation>
    </message>
  </context>
  <context>
    <name>Session</name>
    <message>
      <source>AI Coder Assistant (temporary)</source>
      <translation>AI Coder Assistant (temporal)</translation>
    </message>
    <message>
      <source>Chats cannot be saved: {reason}. This chat goes on in memory.</source>
      <translation>Los chats no se pueden guardar: {reason}. Este chat continúa en memoria.</translation>
    </message>
    <message>
      <source>Message deleted</source>
      <translation>Mensaje eliminado</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>That chat is not here any more.</source>
      <translation>Ese chat ya no está aquí.</translation>
    </message>
    <message>
      <source>The files beside it went with the chat.</source>
      <translation>Los archivos que lo acompañaban se fueron con el chat.</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Intentar de nuevo</translation>
    </message>
    <message>
      <source>Unexpected error: {name}. The log has the details.</source>
      <translation>Error inesperado: {name}. El registro tiene los detalles.</translation>
    </message>
    <message>
      <source>What you were writing is kept here.</source>
      <translation>Lo que se estaba escribiendo se conserva aquí.</translation>
    </message>
    <message>
      <source>“{title}” was deleted by another program.</source>
      <translation>Otro programa eliminó “{title}”.</translation>
    </message>
  </context>
  <context>
    <name>Settings</name>
    <message>
      <source>Chats and state</source>
      <translation>Chats y estado</translation>
    </message>
    <message>
      <source>Cloud services are off unless one is named for the run.</source>
      <translation>Los servicios en la nube están desactivados, salvo que se indique uno para la sesión.</translation>
    </message>
    <message>
      <source>Configuration</source>
      <translation>Configuración</translation>
    </message>
    <message>
      <source>Logs</source>
      <translation>Registros</translation>
    </message>
    <message>
      <source>This system has no key store, so the key is kept until the app closes.</source>
      <translation>Este sistema no tiene almacén de claves; la clave se conserva hasta que se cierre la aplicación.</translation>
    </message>
    <message>
      <source>by its key</source>
      <translation>por su clave</translation>
    </message>
    <message>
      <source>by the key from the environment</source>
      <translation>por la clave del entorno</translation>
    </message>
    <message>
      <source>from the file</source>
      <translation>en el archivo</translation>
    </message>
    <message>
      <source>from the file, line {n}</source>
      <translation>en el archivo, línea {n}</translation>
    </message>
    <message>
      <source>from {flag}, for this run</source>
      <translation>con {flag}, para esta sesión</translation>
    </message>
    <message>
      <source>from {variable}</source>
      <translation>con {variable}</translation>
    </message>
    <message>
      <source>line {l}, column {c}</source>
      <translation>línea {l}, columna {c}</translation>
    </message>
    <message>
      <source>{file} cannot be written: {why}</source>
      <translation>{file} no se puede escribir: {why}</translation>
    </message>
    <message>
      <source>{file} could not be read: {what}. Defaults are in use and the file is untouched.</source>
      <translation>{file} no se pudo leer: {what}. Se usan los valores predeterminados y el archivo queda intacto.</translation>
    </message>
    <message>
      <source>{key}, from the environment</source>
      <translation>{key}, del entorno</translation>
    </message>
    <message>
      <source>{key}, in the system's key store</source>
      <translation>{key}, en el almacén de claves del sistema</translation>
    </message>
    <message>
      <source>{key}, kept until the app closes</source>
      <translation>{key}, se conserva hasta que se cierre la aplicación</translation>
    </message>
  </context>
  <context>
    <name>SettingsPane</name>
    <message>
      <source>Close settings</source>
      <translation>Cerrar ajustes</translation>
    </message>
    <message>
      <source>Loading…</source>
      <translation>Cargando…</translation>
    </message>
    <message>
      <source>Not saved: {why}</source>
      <translation>Sin guardar: {why}</translation>
    </message>
    <message>
      <source>Saved.</source>
      <translation>Guardado.</translation>
    </message>
    <message>
      <source>Saving</source>
      <translation>Guardando</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>Ajustes</translation>
    </message>
    <message>
      <source>Settings pane</source>
      <translation>Panel de ajustes</translation>
    </message>
    <message>
      <source>Tabs of settings</source>
      <translation>Pestañas de los ajustes</translation>
    </message>
    <message>
      <source>The backup is in use. The broken file is kept as {path}</source>
      <translation>Se usa la copia de seguridad. El archivo dañado se conserva como {path}</translation>
    </message>
    <message>
      <source>Unsaved: {fields}</source>
      <translation>Sin guardar: {fields}</translation>
    </message>
  </context>
  <context>
    <name>SettingsTabs</name>
    <message>
      <source>About</source>
      <translation>Acerca de</translation>
    </message>
    <message>
      <source>Chat</source>
      <translation>Chat</translation>
    </message>
    <message>
      <source>Gateway</source>
      <translation>Pasarela</translation>
    </message>
    <message>
      <source>General</source>
      <translation>General</translation>
    </message>
    <message>
      <source>Local Models</source>
      <translation>Modelos locales</translation>
    </message>
    <message>
      <source>Privacy</source>
      <translation>Privacidad</translation>
    </message>
    <message>
      <source>Providers</source>
      <translation>Proveedores</translation>
    </message>
    <message>
      <source>Shortcuts</source>
      <translation>Atajos</translation>
    </message>
  </context>
  <context>
    <name>Setup</name>
    <message>
      <source>A model is there: {what}.</source>
      <translation>Hay un modelo: {what}.</translation>
    </message>
    <message>
      <source>Address saved: {what}.</source>
      <translation>Dirección guardada: {what}.</translation>
    </message>
    <message>
      <source>Connected.</source>
      <translation>Conexión correcta.</translation>
    </message>
    <message>
      <source>Downloaded: {what}.</source>
      <translation>Descargado: {what}.</translation>
    </message>
    <message>
      <source>Downloading {name}, {size}, {licence}.</source>
      <translation>Descargando {name}, {size}, {licence}.</translation>
    </message>
    <message>
      <source>Find {name}</source>
      <translation>Encontrar {name}</translation>
    </message>
    <message>
      <source>In one go: start its server, take a model that is there or download a small one for code, load it, save the address, test the connection.</source>
      <translation>De una vez: iniciar su servidor, tomar un modelo que ya esté o descargar uno pequeño para código, cargarlo, guardar la dirección, probar la conexión.</translation>
    </message>
    <message>
      <source>Its server answers at {what}.</source>
      <translation>Su servidor responde en {what}.</translation>
    </message>
    <message>
      <source>Its server runs already at {what}.</source>
      <translation>Su servidor ya está en marcha en {what}.</translation>
    </message>
    <message>
      <source>Load it</source>
      <translation>Cargarlo</translation>
    </message>
    <message>
      <source>Loading {model}.</source>
      <translation>Cargando {model}.</translation>
    </message>
    <message>
      <source>Looking for a model.</source>
      <translation>Buscando un modelo.</translation>
    </message>
    <message>
      <source>Looking for {name}.</source>
      <translation>Buscando {name}.</translation>
    </message>
    <message>
      <source>Only where there is no model yet, {place} is asked for one.</source>
      <translation>Solo si aún no hay ningún modelo se pide uno a {place}.</translation>
    </message>
    <message>
      <source>Save the address</source>
      <translation>Guardar la dirección</translation>
    </message>
    <message>
      <source>Set up {name}</source>
      <translation>Configurar {name}</translation>
    </message>
    <message>
      <source>Start its server</source>
      <translation>Iniciar su servidor</translation>
    </message>
    <message>
      <source>Starting its server. This can take a minute.</source>
      <translation>Iniciando su servidor. Puede tardar un minuto.</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Detener</translation>
    </message>
    <message>
      <source>Stopped.</source>
      <translation>Detenido.</translation>
    </message>
    <message>
      <source>Stopped. {what}</source>
      <translation>Detenido. {what}</translation>
    </message>
    <message>
      <source>Take or download a model</source>
      <translation>Tomar o descargar un modelo</translation>
    </message>
    <message>
      <source>Test the connection</source>
      <translation>Probar la conexión</translation>
    </message>
    <message>
      <source>The address was set already: {what}.</source>
      <translation>La dirección ya estaba configurada: {what}.</translation>
    </message>
    <message>
      <source>licence unknown</source>
      <translation>licencia desconocida</translation>
    </message>
    <message>
      <source>licence {name}</source>
      <translation>licencia {name}</translation>
    </message>
    <message>
      <source>size unknown</source>
      <translation>tamaño desconocido</translation>
    </message>
    <message>
      <source>{name} is on this computer.</source>
      <translation>{name} está en este ordenador.</translation>
    </message>
    <message>
      <source>{name} is set up, with {model}.</source>
      <translation>{name} está configurado, con {model}.</translation>
    </message>
    <message>
      <source>{n} %</source>
      <translation>{n} %</translation>
    </message>
    <message>
      <source>{what} is in memory.</source>
      <translation>{what} está en memoria.</translation>
    </message>
    <message>
      <source>{what} was in memory already.</source>
      <translation>{what} ya estaba en memoria.</translation>
    </message>
  </context>
  <context>
    <name>SetupPage</name>
    <message>
      <source>A JSON Lines file: every prompt is asked, and the figures are summed up</source>
      <translation>Un archivo JSON Lines: se pregunta cada mensaje y las cifras se resumen</translation>
    </message>
    <message>
      <source>Add a model</source>
      <translation>Añadir un modelo</translation>
    </message>
    <message>
      <source>Ask two to four models the same, and see their answers and figures side by side.</source>
      <translation>Preguntar lo mismo a entre dos y cuatro modelos, y ver sus respuestas y cifras lado a lado.</translation>
    </message>
    <message>
      <source>Blind: names appear after the vote</source>
      <translation>A ciegas: los nombres aparecen tras el voto</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>Eliminar</translation>
    </message>
    <message>
      <source>Earlier comparisons</source>
      <translation>Comparaciones anteriores</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelos</translation>
    </message>
    <message>
      <source>Nothing was compared yet.</source>
      <translation>Aún no se ha comparado nada.</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>Abrir</translation>
    </message>
    <message>
      <source>Order</source>
      <translation>Orden</translation>
    </message>
    <message>
      <source>Order: by free memory</source>
      <translation>Orden: según la memoria libre</translation>
    </message>
    <message>
      <source>Order: in turn, for figures that compare well</source>
      <translation>Orden: por turnos, para cifras bien comparables</translation>
    </message>
    <message>
      <source>Order: together</source>
      <translation>Orden: a la vez</translation>
    </message>
    <message>
      <source>Prompt</source>
      <translation>Mensaje</translation>
    </message>
    <message>
      <source>Prompts from a file…</source>
      <translation>Mensajes de un archivo…</translation>
    </message>
    <message>
      <source>Remove {name}</source>
      <translation>Quitar {name}</translation>
    </message>
    <message>
      <source>Remove {name}, {n}</source>
      <translation>Quitar {name}, {n}</translation>
    </message>
    <message>
      <source>What all of them are to answer</source>
      <translation>Lo que todos han de responder</translation>
    </message>
  </context>
  <context>
    <name>ShortcutRow</name>
    <message>
      <source>Keys, {command}</source>
      <translation>Teclas, {command}</translation>
    </message>
    <message>
      <source>Reset</source>
      <translation>Restablecer</translation>
    </message>
    <message>
      <source>Reset keys, {command}</source>
      <translation>Restablecer teclas, {command}</translation>
    </message>
    <message>
      <source>Take the keys over, {command}</source>
      <translation>Tomar las teclas, {command}</translation>
    </message>
    <message>
      <source>Take them over</source>
      <translation>Tomarlas</translation>
    </message>
  </context>
  <context>
    <name>Shortcuts</name>
    <message>
      <source>Archive or unarchive the chat</source>
      <translation>Archivar o desarchivar el chat</translation>
    </message>
    <message>
      <source>Chat settings</source>
      <translation>Ajustes del chat</translation>
    </message>
    <message>
      <source>Choose a model</source>
      <translation>Elegir un modelo</translation>
    </message>
    <message>
      <source>Compare models</source>
      <translation>Comparar modelos</translation>
    </message>
    <message>
      <source>Copy a link to the chat</source>
      <translation>Copiar un enlace al chat</translation>
    </message>
    <message>
      <source>Copy the last answer</source>
      <translation>Copiar la última respuesta</translation>
    </message>
    <message>
      <source>Copy the last code block</source>
      <translation>Copiar el último bloque de código</translation>
    </message>
    <message>
      <source>Delete the chat</source>
      <translation>Eliminar el chat</translation>
    </message>
    <message>
      <source>Export all chats</source>
      <translation>Exportar todos los chats</translation>
    </message>
    <message>
      <source>Export the chat</source>
      <translation>Exportar el chat</translation>
    </message>
    <message>
      <source>Find in chat</source>
      <translation>Buscar en el chat</translation>
    </message>
    <message>
      <source>Find the next place</source>
      <translation>Ir al resultado siguiente</translation>
    </message>
    <message>
      <source>Find the previous place</source>
      <translation>Ir al resultado anterior</translation>
    </message>
    <message>
      <source>Get models</source>
      <translation>Obtener modelos</translation>
    </message>
    <message>
      <source>Go to the message field</source>
      <translation>Ir al campo del mensaje</translation>
    </message>
    <message>
      <source>Go to the next pane</source>
      <translation>Ir al panel siguiente</translation>
    </message>
    <message>
      <source>Go to the previous pane</source>
      <translation>Ir al panel anterior</translation>
    </message>
    <message>
      <source>Help</source>
      <translation>Ayuda</translation>
    </message>
    <message>
      <source>Import chats</source>
      <translation>Importar chats</translation>
    </message>
    <message>
      <source>Larger text</source>
      <translation>Texto más grande</translation>
    </message>
    <message>
      <source>Manage presets</source>
      <translation>Gestionar preajustes</translation>
    </message>
    <message>
      <source>Manage prompts</source>
      <translation>Gestionar textos guardados</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>New folder</source>
      <translation>Nueva carpeta</translation>
    </message>
    <message>
      <source>New temporary window</source>
      <translation>Nueva ventana temporal</translation>
    </message>
    <message>
      <source>Normal text size</source>
      <translation>Tamaño de texto normal</translation>
    </message>
    <message>
      <source>Pin or unpin the chat</source>
      <translation>Fijar o dejar de fijar el chat</translation>
    </message>
    <message>
      <source>Quit</source>
      <translation>Salir</translation>
    </message>
    <message>
      <source>Regenerate the last answer</source>
      <translation>Regenerar la última respuesta</translation>
    </message>
    <message>
      <source>Rename the chat</source>
      <translation>Renombrar el chat</translation>
    </message>
    <message>
      <source>Search everything</source>
      <translation>Buscar en todo</translation>
    </message>
    <message>
      <source>Search the chats</source>
      <translation>Buscar en los chats</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>Ajustes</translation>
    </message>
    <message>
      <source>Show or hide the sidebar</source>
      <translation>Mostrar u ocultar la barra lateral</translation>
    </message>
    <message>
      <source>Show shortcuts</source>
      <translation>Mostrar los atajos</translation>
    </message>
    <message>
      <source>Show the trash</source>
      <translation>Mostrar la papelera</translation>
    </message>
    <message>
      <source>Smaller text</source>
      <translation>Texto más pequeño</translation>
    </message>
    <message>
      <source>Statistics</source>
      <translation>Estadísticas</translation>
    </message>
    <message>
      <source>Stop the answer</source>
      <translation>Detener la respuesta</translation>
    </message>
    <message>
      <source>Tags of the chat</source>
      <translation>Etiquetas del chat</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>Deshacer</translation>
    </message>
    <message>
      <source>{keys} copies, pastes, cuts or selects in every text field.</source>
      <translation>{keys} copia, pega, corta o selecciona en todos los campos de texto.</translation>
    </message>
    <message>
      <source>{keys} is needed for typing. Hold Ctrl or Alt with it, or take a function key.</source>
      <translation>{keys} hace falta para escribir. Combinar con Ctrl o Alt, o usar una tecla de función.</translation>
    </message>
    <message>
      <source>{keys} is needed in every text field.</source>
      <translation>{keys} hace falta en todos los campos de texto.</translation>
    </message>
  </context>
  <context>
    <name>ShortcutsPage</name>
    <message>
      <source>Choose a field and press the new keys. Backspace takes them away, Esc keeps them.</source>
      <translation>Elegir un campo y pulsar las teclas nuevas. Retroceso las quita, Esc las deja como están.</translation>
    </message>
    <message>
      <source>Keys</source>
      <translation>Teclas</translation>
    </message>
    <message>
      <source>Reset all keys</source>
      <translation>Restablecer todas las teclas</translation>
    </message>
    <message>
      <source>keys of {command}</source>
      <translation>teclas de {command}</translation>
    </message>
    <message>
      <source>{keys} belongs to two commands: {first}, {second}.</source>
      <translation>{keys} pertenece a dos comandos: {first}, {second}.</translation>
    </message>
    <message>
      <source>{keys} is also: {command}.</source>
      <translation>{keys} también es: {command}.</translation>
    </message>
    <message>
      <source>{keys} is taken by {command}.</source>
      <translation>{keys} ya lo usa {command}.</translation>
    </message>
  </context>
  <context>
    <name>ShownToken</name>
    <message>
      <source>Copy token</source>
      <translation>Copiar token</translation>
    </message>
    <message>
      <source>Done</source>
      <translation>Listo</translation>
    </message>
    <message>
      <source>It is shown this once. Only a hash of it is kept, so it cannot be shown again.</source>
      <translation>Se muestra solo esta vez. Se conserva únicamente su hash, por lo que no se puede mostrar de nuevo.</translation>
    </message>
    <message>
      <source>New token, shown once</source>
      <translation>Token nuevo, se muestra una vez</translation>
    </message>
    <message>
      <source>Put the token away</source>
      <translation>Ocultar el token</translation>
    </message>
    <message>
      <source>Token “{name}”</source>
      <translation>Token “{name}”</translation>
    </message>
  </context>
  <context>
    <name>Sidebar</name>
    <message>
      <source>Conversations</source>
      <translation>Chats</translation>
    </message>
    <message>
      <source>Copy link</source>
      <translation>Copiar enlace</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>Eliminar</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>Exportar…</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>New chat (Ctrl+N)</source>
      <translation>Nuevo chat (Ctrl+N)</translation>
    </message>
    <message>
      <source>New folder</source>
      <translation>Nueva carpeta</translation>
    </message>
    <message>
      <source>No conversations yet.</source>
      <translation>Aún no hay chats.</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>Abrir</translation>
    </message>
    <message>
      <source>Rename</source>
      <translation>Renombrar</translation>
    </message>
    <message>
      <source>Search</source>
      <translation>Buscar</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>Ajustes</translation>
    </message>
    <message>
      <source>Words of chats. Also model: provider: folder: tag: role: in:code has:file before: after: is:pinned</source>
      <translation>Palabras de los chats. También model: provider: folder: tag: role: in:code has:file before: after: is:pinned</translation>
    </message>
  </context>
  <context>
    <name>SimulatedBadge</name>
    <message>
      <source>Simulated</source>
      <translation>Simulado</translation>
    </message>
  </context>
  <context>
    <name>Statistics</name>
    <message>
      <source>Answers</source>
      <translation>Respuestas</translation>
    </message>
    <message>
      <source>Bar chart</source>
      <translation>Gráfico de barras</translation>
    </message>
    <message>
      <source>Cost</source>
      <translation>Coste</translation>
    </message>
    <message>
      <source>Cost {every}</source>
      <translation>Coste {every}</translation>
    </message>
    <message>
      <source>Expected from the speed of another model here; not measured yet.</source>
      <translation>Se espera por la velocidad de otro modelo aquí; aún sin medir.</translation>
    </message>
    <message>
      <source>Expected from the speed of {n} other models here; not measured yet.</source>
      <translation>Se espera por la velocidad de otros {n} modelos aquí; aún sin medir.</translation>
    </message>
    <message>
      <source>Failed</source>
      <translation>Fallos</translation>
    </message>
    <message>
      <source>Failures {every}</source>
      <translation>Fallos {every}</translation>
    </message>
    <message>
      <source>First token</source>
      <translation>Primer token</translation>
    </message>
    <message>
      <source>First token after</source>
      <translation>Primer token tras</translation>
    </message>
    <message>
      <source>Last used</source>
      <translation>Último uso</translation>
    </message>
    <message>
      <source>Line chart</source>
      <translation>Gráfico de líneas</translation>
    </message>
    <message numerus="yes">
      <source>Middle of {n} answers here.</source>
      <translation>
        <numerusform>Mediana de {n} respuesta aquí.</numerusform>
        <numerusform>Mediana de {n} respuestas aquí.</numerusform>
      </translation>
    </message>
    <message>
      <source>Middle of {n} answers, most of them between {low} and {high}.</source>
      <translation>Mediana de {n} respuestas, la mayoría entre {low} y {high}.</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>No failures.</source>
      <translation>Sin fallos.</translation>
    </message>
    <message>
      <source>No price is known.</source>
      <translation>No se conoce ningún precio.</translation>
    </message>
    <message>
      <source>Nothing measured in this time.</source>
      <translation>Nada medido en este periodo.</translation>
    </message>
    <message>
      <source>Nothing was charged where the price is known.</source>
      <translation>No se cobró nada donde se conoce el precio.</translation>
    </message>
    <message>
      <source>Nothing was charged.</source>
      <translation>No se cobró nada.</translation>
    </message>
    <message>
      <source>Prompt speed</source>
      <translation>Vel. de lectura</translation>
    </message>
    <message>
      <source>Speed</source>
      <translation>Velocidad</translation>
    </message>
    <message>
      <source>Speed to expect</source>
      <translation>Velocidad esperada</translation>
    </message>
    <message>
      <source>Speed: {measured} measured in the last {n} answers; {expected} expected from other models here.</source>
      <translation>Velocidad: {measured} medidos en las últimas {n} respuestas; {expected} esperados por otros modelos aquí.</translation>
    </message>
    <message>
      <source>The tokens of {n} of them were counted here.</source>
      <translation>Los tokens de {n} de ellas se contaron aquí.</translation>
    </message>
    <message>
      <source>Their tokens were in part counted here.</source>
      <translation>Sus tokens se contaron en parte aquí.</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>Periodo</translation>
    </message>
    <message>
      <source>Time to first token</source>
      <translation>Tiempo hasta el primer token</translation>
    </message>
    <message>
      <source>Timed by the server.</source>
      <translation>Medido por el servidor.</translation>
    </message>
    <message>
      <source>Timed here.</source>
      <translation>Medido aquí.</translation>
    </message>
    <message>
      <source>Tokens in</source>
      <translation>Tokens de entrada</translation>
    </message>
    <message>
      <source>Tokens out</source>
      <translation>Tokens salida</translation>
    </message>
    <message>
      <source>Tokens out {every}</source>
      <translation>Tokens de salida {every}</translation>
    </message>
    <message>
      <source>Written to {path}.</source>
      <translation>Escrito en {path}.</translation>
    </message>
    <message>
      <source>answer too large</source>
      <translation>respuesta demasiado grande</translation>
    </message>
    <message>
      <source>at most ≈ {s}</source>
      <translation>como máximo ≈ {s}</translation>
    </message>
    <message>
      <source>blocked by a filter</source>
      <translation>bloqueada por un filtro</translation>
    </message>
    <message>
      <source>broke off</source>
      <translation>se interrumpió</translation>
    </message>
    <message>
      <source>by day</source>
      <translation>por día</translation>
    </message>
    <message>
      <source>by month</source>
      <translation>por mes</translation>
    </message>
    <message>
      <source>by week</source>
      <translation>por semana</translation>
    </message>
    <message>
      <source>cancelled</source>
      <translation>cancelada</translation>
    </message>
    <message>
      <source>key refused</source>
      <translation>clave rechazada</translation>
    </message>
    <message>
      <source>last {value}</source>
      <translation>última {value}</translation>
    </message>
    <message>
      <source>model not found</source>
      <translation>modelo no encontrado</translation>
    </message>
    <message>
      <source>not an answer</source>
      <translation>no es una respuesta</translation>
    </message>
    <message>
      <source>not installed</source>
      <translation>sin instalar</translation>
    </message>
    <message>
      <source>not reachable</source>
      <translation>no se puede alcanzar</translation>
    </message>
    <message>
      <source>not supported</source>
      <translation>no se admite</translation>
    </message>
    <message>
      <source>overloaded</source>
      <translation>demasiada carga</translation>
    </message>
    <message>
      <source>prompt too long</source>
      <translation>mensaje demasiado largo</translation>
    </message>
    <message>
      <source>request refused</source>
      <translation>petición rechazada</translation>
    </message>
    <message>
      <source>server failed</source>
      <translation>falló el servidor</translation>
    </message>
    <message>
      <source>server not running</source>
      <translation>servidor sin iniciar</translation>
    </message>
    <message>
      <source>setting not valid</source>
      <translation>ajuste no válido</translation>
    </message>
    <message>
      <source>too long silent</source>
      <translation>demasiado tiempo sin respuesta</translation>
    </message>
    <message>
      <source>too many requests</source>
      <translation>demasiadas peticiones</translation>
    </message>
    <message>
      <source>unknown</source>
      <translation>se desconoce</translation>
    </message>
    <message>
      <source>week of {date}</source>
      <translation>semana del {date}</translation>
    </message>
    <message>
      <source>{cost} + unknown</source>
      <translation>{cost} + desconocido</translation>
    </message>
    <message>
      <source>{kind} of {n} values. Least {low} ({low_when}), most {high} ({high_when}), last {last} ({last_when}).</source>
      <translation>{kind} de {n} valores. Mínimo {low} ({low_when}), máximo {high} ({high_when}), último {last} ({last_when}).</translation>
    </message>
    <message>
      <source>{model} · {provider}</source>
      <translation>{model} · {provider}</translation>
    </message>
    <message>
      <source>{n} failed: {kinds}</source>
      <translation>{n} fallaron: {kinds}</translation>
    </message>
    <message>
      <source>{n} s</source>
      <translation>{n} s</translation>
    </message>
    <message>
      <source>{n} stopped by you</source>
      <translation>{n} detenidas a mano</translation>
    </message>
    <message>
      <source>{n} timed by the server, the others here.</source>
      <translation>{n} medidas por el servidor, las demás aquí.</translation>
    </message>
    <message>
      <source>{n} tok/s</source>
      <translation>{n} tok/s</translation>
    </message>
    <message>
      <source>{path} cannot be written: {why}</source>
      <translation>{path} no se puede escribir: {why}</translation>
    </message>
    <message>
      <source>{value} in all</source>
      <translation>{value} en total</translation>
    </message>
    <message>
      <source>≈ {n} tok/s</source>
      <translation>≈ {n} tok/s</translation>
    </message>
    <message>
      <source>≈ {s}</source>
      <translation>≈ {s}</translation>
    </message>
  </context>
  <context>
    <name>StatisticsPane</name>
    <message>
      <source>30 days</source>
      <translation>30 días</translation>
    </message>
    <message>
      <source>7 days</source>
      <translation>7 días</translation>
    </message>
    <message>
      <source>All</source>
      <translation>Todo</translation>
    </message>
    <message>
      <source>Close Statistics</source>
      <translation>Cerrar Estadísticas</translation>
    </message>
    <message>
      <source>Every model by day, week or month, for a spreadsheet</source>
      <translation>Cada modelo por día, semana o mes, para una hoja de cálculo</translation>
    </message>
    <message>
      <source>Export as CSV</source>
      <translation>Exportar como CSV</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>Exportar…</translation>
    </message>
    <message>
      <source>From the chats and comparisons kept on this computer, those in the trash included. Speeds are the middle of the last answers. Simulated answers are left out.</source>
      <translation>De los chats y comparaciones guardados en este ordenador, incluidos los de la papelera. Las velocidades son la mediana de las últimas respuestas. Las respuestas simuladas no cuentan.</translation>
    </message>
    <message>
      <source>No answers in this time.</source>
      <translation>Sin respuestas en este periodo.</translation>
    </message>
    <message>
      <source>No answers yet. Speed, tokens, cost and failures of every model are shown here after its first answer. Simulated answers are left out.</source>
      <translation>Aún no hay respuestas. La velocidad, los tokens, el coste y los fallos de cada modelo se muestran aquí tras su primera respuesta. Las respuestas simuladas no cuentan.</translation>
    </message>
    <message>
      <source>Only the simulated model answered so far, and its answers are left out. Speed, tokens, cost and failures of every other model are shown here after its first answer.</source>
      <translation>Hasta ahora solo respondió el modelo simulado, y sus respuestas no cuentan. La velocidad, los tokens, el coste y los fallos de cualquier otro modelo se muestran aquí tras su primera respuesta.</translation>
    </message>
    <message>
      <source>Sort by</source>
      <translation>Ordenar por</translation>
    </message>
    <message>
      <source>Statistics</source>
      <translation>Estadísticas</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>Periodo</translation>
    </message>
    <message>
      <source>What the models are sorted by</source>
      <translation>Por qué se ordenan los modelos</translation>
    </message>
  </context>
  <context>
    <name>Temporary</name>
    <message>
      <source>The temporary window could not be opened: {program} does not start.</source>
      <translation>La ventana temporal no se pudo abrir: {program} no se inicia.</translation>
    </message>
    <message>
      <source>“{title}” is kept: it stands among your chats now.</source>
      <translation>“{title}” se conserva: ya está entre los chats.</translation>
    </message>
  </context>
  <context>
    <name>TemporaryBar</name>
    <message>
      <source>Keep this chat</source>
      <translation>Conservar este chat</translation>
    </message>
    <message>
      <source>Temporary: nothing of this window is kept when it closes.</source>
      <translation>Temporal: nada de esta ventana se conserva al cerrarla.</translation>
    </message>
  </context>
  <context>
    <name>ThinkingButton</name>
    <message>
      <source>How much the model thinks before it answers</source>
      <translation>Cuánto razona el modelo antes de responder</translation>
    </message>
    <message>
      <source>Thinking</source>
      <translation>Razonamiento</translation>
    </message>
    <message>
      <source>Thinking: {effort}</source>
      <translation>Razonamiento: {effort}</translation>
    </message>
    <message>
      <source>auto</source>
      <translation>auto</translation>
    </message>
    <message>
      <source>high</source>
      <translation>alto</translation>
    </message>
    <message>
      <source>low</source>
      <translation>bajo</translation>
    </message>
    <message>
      <source>medium</source>
      <translation>medio</translation>
    </message>
    <message>
      <source>off</source>
      <translation>no</translation>
    </message>
  </context>
  <context>
    <name>TokenBar</name>
    <message>
      <source>Back to {n} tokens</source>
      <translation>Volver a {n} tokens</translation>
    </message>
    <message>
      <source>Context used</source>
      <translation>Contexto usado</translation>
    </message>
    <message>
      <source>Counted by the server.</source>
      <translation>Contado por el servidor.</translation>
    </message>
    <message>
      <source>Files</source>
      <translation>Archivos</translation>
    </message>
    <message>
      <source>Load with {window} tokens</source>
      <translation>Cargar con {window} tokens</translation>
    </message>
    <message>
      <source>Load with {window} tokens (≈{gb} GB more)</source>
      <translation>Cargar con {window} tokens (≈{gb} GB más)</translation>
    </message>
    <message>
      <source>Nothing to send yet.</source>
      <translation>Aún no hay nada que enviar.</translation>
    </message>
    <message>
      <source>Parts of the next request</source>
      <translation>Partes de la próxima petición</translation>
    </message>
    <message>
      <source>Raise to {window}</source>
      <translation>Ampliar a {window}</translation>
    </message>
    <message>
      <source>Raise to {window} (+≈{gb} GB)</source>
      <translation>Ampliar a {window} (+≈{gb} GB)</translation>
    </message>
    <message>
      <source>Room left</source>
      <translation>Espacio libre</translation>
    </message>
    <message>
      <source>Summary of earlier messages</source>
      <translation>Resumen de mensajes anteriores</translation>
    </message>
    <message>
      <source>System prompt</source>
      <translation>Mensaje del sistema</translation>
    </message>
    <message>
      <source>The window was raised for this chat.</source>
      <translation>La ventana se amplió para este chat.</translation>
    </message>
    <message>
      <source>This chat so far</source>
      <translation>Este chat hasta ahora</translation>
    </message>
    <message>
      <source>This prompt does not fit: {text} tokens.</source>
      <translation>Este mensaje no cabe: {text} tokens.</translation>
    </message>
    <message>
      <source>Together</source>
      <translation>En total</translation>
    </message>
    <message>
      <source>Tokens of the next request, of the model's window. Click for its parts.</source>
      <translation>Tokens de la próxima petición, de la ventana del modelo. Pulsar para ver sus partes.</translation>
    </message>
    <message>
      <source>Too much</source>
      <translation>Demasiado</translation>
    </message>
    <message>
      <source>Window</source>
      <translation>Ventana</translation>
    </message>
    <message>
      <source>Window, at most</source>
      <translation>Ventana, como máximo</translation>
    </message>
    <message>
      <source>Your message</source>
      <translation>Este mensaje</translation>
    </message>
    <message>
      <source>unknown</source>
      <translation>se desconoce</translation>
    </message>
    <message>
      <source>{model} is not loaded. Its server would load it with a window of its own choosing, often {n} tokens; this takes {used}.</source>
      <translation>{model} no está cargado. Su servidor lo cargaría con una ventana elegida por él, a menudo de {n} tokens; esto ocupa {used}.</translation>
    </message>
    <message>
      <source>{text} tokens</source>
      <translation>{text} tokens</translation>
    </message>
    <message>
      <source>{used} of at most {window}</source>
      <translation>{used} de como máximo {window}</translation>
    </message>
    <message>
      <source>{used} of {window}</source>
      <translation>{used} de {window}</translation>
    </message>
    <message>
      <source>{used} tokens, window unknown</source>
      <translation>{used} tokens, se desconoce la ventana</translation>
    </message>
    <message>
      <source>{used} · window unknown</source>
      <translation>{used} · ventana desconocida</translation>
    </message>
    <message>
      <source>≈ is estimated from the length of the text.</source>
      <translation>≈ se estima por la longitud del texto.</translation>
    </message>
    <message>
      <source>≈{n}</source>
      <translation>≈{n}</translation>
    </message>
  </context>
  <context>
    <name>TokenLine</name>
    <message>
      <source>Its programs are refused from then on.</source>
      <translation>A partir de entonces se rechazan sus programas.</translation>
    </message>
    <message>
      <source>Keep</source>
      <translation>Conservar</translation>
    </message>
    <message>
      <source>Keep {name}</source>
      <translation>Conservar {name}</translation>
    </message>
    <message>
      <source>Revoke</source>
      <translation>Revocar</translation>
    </message>
    <message>
      <source>Revoke it</source>
      <translation>Revocarlo</translation>
    </message>
    <message>
      <source>Revoke {name}</source>
      <translation>Revocar {name}</translation>
    </message>
    <message>
      <source>Revoke {name} for good</source>
      <translation>Revocar {name} definitivamente</translation>
    </message>
  </context>
  <context>
    <name>TokenList</name>
    <message>
      <source>Every request to the gateway carries a token. Give each program its own.</source>
      <translation>Cada petición a la pasarela lleva un token. Conviene dar a cada programa el suyo.</translation>
    </message>
    <message>
      <source>Loading…</source>
      <translation>Cargando…</translation>
    </message>
    <message>
      <source>New token</source>
      <translation>Nuevo token</translation>
    </message>
    <message>
      <source>No tokens yet. Nobody but this window may ask the gateway.</source>
      <translation>Aún no hay tokens. Solo esta ventana puede preguntar a la pasarela.</translation>
    </message>
    <message>
      <source>Read the tokens again</source>
      <translation>Leer los tokens de nuevo</translation>
    </message>
    <message>
      <source>Tokens</source>
      <translation>Tokens</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>Intentar de nuevo</translation>
    </message>
  </context>
  <context>
    <name>Transcript</name>
    <message numerus="yes">
      <source>%Ln columns</source>
      <translation>
        <numerusform>%Ln columna</numerusform>
        <numerusform>%Ln columnas</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln lines</source>
      <translation>
        <numerusform>%Ln línea</numerusform>
        <numerusform>%Ln líneas</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln more characters</source>
      <translation>
        <numerusform>%Ln carácter más</numerusform>
        <numerusform>%Ln caracteres más</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln more characters are not shown. Copy has the whole text.</source>
      <translation>
        <numerusform>%Ln carácter más no se muestra. Copiar da el texto completo.</numerusform>
        <numerusform>%Ln caracteres más no se muestran. Copiar da el texto completo.</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln more characters, in the copy</source>
      <translation>
        <numerusform>%Ln carácter más, en la copia</numerusform>
        <numerusform>%Ln caracteres más, en la copia</numerusform>
      </translation>
    </message>
    <message numerus="yes">
      <source>%Ln rows</source>
      <translation>
        <numerusform>%Ln fila</numerusform>
        <numerusform>%Ln filas</numerusform>
      </translation>
    </message>
    <message>
      <source>1 column</source>
      <translation>1 columna</translation>
    </message>
    <message>
      <source>1 line</source>
      <translation>1 línea</translation>
    </message>
    <message>
      <source>1 more character</source>
      <translation>1 carácter más</translation>
    </message>
    <message>
      <source>1 more character is not shown. Copy has the whole text.</source>
      <translation>1 carácter más no se muestra. Copiar da el texto completo.</translation>
    </message>
    <message>
      <source>1 more character, in the copy</source>
      <translation>1 carácter más, en la copia</translation>
    </message>
    <message>
      <source>1 row</source>
      <translation>1 fila</translation>
    </message>
    <message>
      <source>A chat of this program: {address}</source>
      <translation>Un chat de este programa: {address}</translation>
    </message>
    <message>
      <source>Actions</source>
      <translation>Acciones</translation>
    </message>
    <message>
      <source>Answer</source>
      <translation>Respuesta</translation>
    </message>
    <message>
      <source>Answer finished</source>
      <translation>Respuesta terminada</translation>
    </message>
    <message>
      <source>Answer interrupted</source>
      <translation>Respuesta interrumpida</translation>
    </message>
    <message>
      <source>Answer stopped</source>
      <translation>Respuesta detenida</translation>
    </message>
    <message>
      <source>Answer, not loaded yet</source>
      <translation>Respuesta, aún sin cargar</translation>
    </message>
    <message>
      <source>Attached: {names}</source>
      <translation>Adjuntos: {names}</translation>
    </message>
    <message>
      <source>Being written</source>
      <translation>Se está escribiendo</translation>
    </message>
    <message>
      <source>Cloud</source>
      <translation>Nube</translation>
    </message>
    <message>
      <source>Code</source>
      <translation>Código</translation>
    </message>
    <message>
      <source>Compare versions…</source>
      <translation>Comparar versiones…</translation>
    </message>
    <message>
      <source>Compare with other models…</source>
      <translation>Comparar con otros modelos…</translation>
    </message>
    <message>
      <source>Continue</source>
      <translation>Continuar</translation>
    </message>
    <message>
      <source>Copied</source>
      <translation>Copiado</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>Copiar</translation>
    </message>
    <message>
      <source>Copy LaTeX</source>
      <translation>Copiar LaTeX</translation>
    </message>
    <message>
      <source>Copy address</source>
      <translation>Copiar dirección</translation>
    </message>
    <message>
      <source>Copy answer</source>
      <translation>Copiar respuesta</translation>
    </message>
    <message>
      <source>Copy as Markdown</source>
      <translation>Copiar como Markdown</translation>
    </message>
    <message>
      <source>Copy code</source>
      <translation>Copiar código</translation>
    </message>
    <message>
      <source>Copy details</source>
      <translation>Copiar detalles</translation>
    </message>
    <message>
      <source>Copy link to this message</source>
      <translation>Copiar enlace a este mensaje</translation>
    </message>
    <message>
      <source>Copy message</source>
      <translation>Copiar mensaje</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>Eliminar</translation>
    </message>
    <message>
      <source>Details</source>
      <translation>Detalles</translation>
    </message>
    <message>
      <source>Do not wrap lines</source>
      <translation>No ajustar líneas</translation>
    </message>
    <message>
      <source>Edit</source>
      <translation>Editar</translation>
    </message>
    <message>
      <source>Edit message</source>
      <translation>Editar mensaje</translation>
    </message>
    <message>
      <source>Fork</source>
      <translation>Bifurcar</translation>
    </message>
    <message>
      <source>Formula, {source}</source>
      <translation>Fórmula, {source}</translation>
    </message>
    <message>
      <source>Heading, {text}</source>
      <translation>Encabezado, {text}</translation>
    </message>
    <message>
      <source>Link to {host}</source>
      <translation>Enlace a {host}</translation>
    </message>
    <message>
      <source>Loading</source>
      <translation>Cargando</translation>
    </message>
    <message>
      <source>More actions</source>
      <translation>Más acciones</translation>
    </message>
    <message>
      <source>Next version</source>
      <translation>Versión siguiente</translation>
    </message>
    <message>
      <source>Not sent to the model from here up</source>
      <translation>De aquí hacia arriba no se envía al modelo</translation>
    </message>
    <message>
      <source>Open link</source>
      <translation>Abrir enlace</translation>
    </message>
    <message>
      <source>Open {name}</source>
      <translation>Abrir {name}</translation>
    </message>
    <message>
      <source>Previous version</source>
      <translation>Versión anterior</translation>
    </message>
    <message>
      <source>Regenerate</source>
      <translation>Regenerar</translation>
    </message>
    <message>
      <source>Regenerate with another model…</source>
      <translation>Regenerar con otro modelo…</translation>
    </message>
    <message>
      <source>Save code</source>
      <translation>Guardar código</translation>
    </message>
    <message>
      <source>Send everything again</source>
      <translation>Enviar todo de nuevo</translation>
    </message>
    <message>
      <source>Sent as a summary from here up</source>
      <translation>De aquí hacia arriba se envía como resumen</translation>
    </message>
    <message>
      <source>Separator</source>
      <translation>Separador</translation>
    </message>
    <message numerus="yes">
      <source>Show all %Ln lines</source>
      <translation>
        <numerusform>Mostrar %Ln línea</numerusform>
        <numerusform>Mostrar las %Ln líneas</numerusform>
      </translation>
    </message>
    <message>
      <source>Show the formula</source>
      <translation>Mostrar la fórmula</translation>
    </message>
    <message>
      <source>Show the only line</source>
      <translation>Mostrar la única línea</translation>
    </message>
    <message>
      <source>Show the request…</source>
      <translation>Mostrar la petición…</translation>
    </message>
    <message>
      <source>Show the source</source>
      <translation>Mostrar el código fuente</translation>
    </message>
    <message>
      <source>Simulated</source>
      <translation>Simulada</translation>
    </message>
    <message>
      <source>Table</source>
      <translation>Tabla</translation>
    </message>
    <message>
      <source>Table goes on</source>
      <translation>La tabla continúa</translation>
    </message>
    <message>
      <source>Text</source>
      <translation>Texto</translation>
    </message>
    <message>
      <source>Thinking</source>
      <translation>Razonamiento</translation>
    </message>
    <message>
      <source>Thinking, {n} s</source>
      <translation>Razonamiento, {n} s</translation>
    </message>
    <message>
      <source>This link does not open: {address}</source>
      <translation>Este enlace no se abre: {address}</translation>
    </message>
    <message>
      <source>Thought</source>
      <translation>Razonó</translation>
    </message>
    <message>
      <source>Thought for less than 1 s</source>
      <translation>Razonó menos de 1 s</translation>
    </message>
    <message>
      <source>Thought for {n} s</source>
      <translation>Razonó {n} s</translation>
    </message>
    <message>
      <source>Transcript</source>
      <translation>Conversación</translation>
    </message>
    <message>
      <source>Wrap lines</source>
      <translation>Ajustar líneas</translation>
    </message>
    <message>
      <source>You</source>
      <translation>Tú</translation>
    </message>
    <message>
      <source>You, not loaded yet</source>
      <translation>Tú, aún sin cargar</translation>
    </message>
    <message numerus="yes">
      <source>[+%Ln marks]</source>
      <translation>
        <numerusform>[+%Ln signo]</numerusform>
        <numerusform>[+%Ln signos]</numerusform>
      </translation>
    </message>
    <message>
      <source>[+1 mark]</source>
      <translation>[+1 signo]</translation>
    </message>
    <message>
      <source>[+{n} hidden]</source>
      <translation>[+{n} ocultos]</translation>
    </message>
    <message>
      <source>image</source>
      <translation>imagen</translation>
    </message>
    <message>
      <source>interrupted</source>
      <translation>interrumpida</translation>
    </message>
    <message>
      <source>not shown</source>
      <translation>sin mostrar</translation>
    </message>
    <message>
      <source>stopped</source>
      <translation>detenida</translation>
    </message>
  </context>
  <context>
    <name>TrashBar</name>
    <message>
      <source>Back to all chats</source>
      <translation>Volver a todos los chats</translation>
    </message>
    <message>
      <source>Back to all chats (Esc)</source>
      <translation>Volver a todos los chats (Esc)</translation>
    </message>
    <message>
      <source>Empty trash</source>
      <translation>Vaciar papelera</translation>
    </message>
    <message>
      <source>Trash</source>
      <translation>Papelera</translation>
    </message>
  </context>
  <context>
    <name>UndoBar</name>
    <message>
      <source>Undo</source>
      <translation>Deshacer</translation>
    </message>
  </context>
  <context>
    <name>VoteBar</name>
    <message>
      <source>All bad</source>
      <translation>Todas mal</translation>
    </message>
    <message>
      <source>Both bad</source>
      <translation>Las dos mal</translation>
    </message>
    <message>
      <source>Continue with {letter}</source>
      <translation>Continuar con {letter}</translation>
    </message>
    <message>
      <source>Keys {keys}, T, X</source>
      <translation>Teclas {keys}, T, X</translation>
    </message>
    <message>
      <source>Show names without a vote</source>
      <translation>Mostrar los nombres sin votar</translation>
    </message>
    <message>
      <source>Stop all</source>
      <translation>Detener todo</translation>
    </message>
    <message>
      <source>Tie</source>
      <translation>Empate</translation>
    </message>
    <message>
      <source>Undo vote</source>
      <translation>Deshacer voto</translation>
    </message>
    <message>
      <source>{letter} is better</source>
      <translation>{letter} es mejor</translation>
    </message>
  </context>
  <context>
    <name>Window</name>
    <message>
      <source>A download of a model is not finished.</source>
      <translation>Una descarga de un modelo no ha terminado.</translation>
    </message>
    <message>
      <source>All files (*)</source>
      <translation>Todos los archivos (*)</translation>
    </message>
    <message>
      <source>An answer is still being written.</source>
      <translation>Todavía se está escribiendo una respuesta.</translation>
    </message>
    <message>
      <source>Auto</source>
      <translation>Auto</translation>
    </message>
    <message>
      <source>Auto: {name}</source>
      <translation>Auto: {name}</translation>
    </message>
    <message>
      <source>Back to Settings</source>
      <translation>Volver a Ajustes</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Certificate authority to trust</source>
      <translation>Autoridad de certificación de confianza</translation>
    </message>
    <message>
      <source>Certificates (*.pem *.crt *.cer)</source>
      <translation>Certificados (*.pem *.crt *.cer)</translation>
    </message>
    <message>
      <source>Change now</source>
      <translation>Cambiar ahora</translation>
    </message>
    <message>
      <source>Chat settings…</source>
      <translation>Ajustes del chat…</translation>
    </message>
    <message>
      <source>Choose another model</source>
      <translation>Elegir otro modelo</translation>
    </message>
    <message>
      <source>Close without them</source>
      <translation>Cerrar sin ellos</translation>
    </message>
    <message>
      <source>Comma-separated values (*.csv)</source>
      <translation>Valores separados por comas (*.csv)</translation>
    </message>
    <message>
      <source>Copy address</source>
      <translation>Copiar dirección</translation>
    </message>
    <message>
      <source>Copy last answer</source>
      <translation>Copiar la última respuesta</translation>
    </message>
    <message>
      <source>Copy link to this chat</source>
      <translation>Copiar enlace a este chat</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>Eliminar</translation>
    </message>
    <message>
      <source>Delete chat</source>
      <translation>Eliminar chat</translation>
    </message>
    <message>
      <source>Delete {name}?</source>
      <translation>¿Eliminar {name}?</translation>
    </message>
    <message>
      <source>Discard and quit</source>
      <translation>Descartar y salir</translation>
    </message>
    <message>
      <source>Export chats</source>
      <translation>Exportar chats</translation>
    </message>
    <message>
      <source>Export connections</source>
      <translation>Exportar conexiones</translation>
    </message>
    <message>
      <source>Export statistics</source>
      <translation>Exportar estadísticas</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>Exportar…</translation>
    </message>
    <message>
      <source>Find in chat</source>
      <translation>Buscar en el chat</translation>
    </message>
    <message>
      <source>Forked: the first chat stays as it is</source>
      <translation>Bifurcado: el primer chat queda como está</translation>
    </message>
    <message>
      <source>Its SHA-256 is the one that the hub names.</source>
      <translation>Su SHA-256 es el que indica el hub.</translation>
    </message>
    <message>
      <source>Keep</source>
      <translation>Conservar</translation>
    </message>
    <message>
      <source>Leave out earlier messages</source>
      <translation>Omitir mensajes anteriores</translation>
    </message>
    <message>
      <source>Local server</source>
      <translation>Servidor local</translation>
    </message>
    <message>
      <source>Looking</source>
      <translation>Comprobando</translation>
    </message>
    <message>
      <source>Looking at the models</source>
      <translation>Examinando los modelos</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>Nuevo chat</translation>
    </message>
    <message>
      <source>New chat with this message</source>
      <translation>Nuevo chat con este mensaje</translation>
    </message>
    <message>
      <source>No longer there</source>
      <translation>Ya no está</translation>
    </message>
    <message>
      <source>No model chosen</source>
      <translation>Ningún modelo elegido</translation>
    </message>
    <message>
      <source>Not running</source>
      <translation>Sin iniciar</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>Abrir</translation>
    </message>
    <message>
      <source>Open Settings</source>
      <translation>Abrir Ajustes</translation>
    </message>
    <message>
      <source>Open {host} in your browser?</source>
      <translation>¿Abrir {host} en el navegador?</translation>
    </message>
    <message>
      <source>Quit and keep what arrived</source>
      <translation>Salir y conservar lo que llegó</translation>
    </message>
    <message>
      <source>Rename</source>
      <translation>Renombrar</translation>
    </message>
    <message>
      <source>Resume</source>
      <translation>Reanudar</translation>
    </message>
    <message>
      <source>Running</source>
      <translation>En marcha</translation>
    </message>
    <message>
      <source>Save and quit</source>
      <translation>Guardar y salir</translation>
    </message>
    <message>
      <source>Save code</source>
      <translation>Guardar código</translation>
    </message>
    <message>
      <source>Searches go to {place}, and nothing is asked before you search.</source>
      <translation>Las búsquedas van a {place}; antes de buscar no se pregunta nada.</translation>
    </message>
    <message>
      <source>Send anyway</source>
      <translation>Enviar de todos modos</translation>
    </message>
    <message>
      <source>Server</source>
      <translation>Servidor</translation>
    </message>
    <message>
      <source>Settings are not saved yet. {unsaved}</source>
      <translation>Los ajustes aún no están guardados. {unsaved}</translation>
    </message>
    <message>
      <source>Settings are not saved.</source>
      <translation>Los ajustes no están guardados.</translation>
    </message>
    <message>
      <source>Show</source>
      <translation>Mostrar</translation>
    </message>
    <message>
      <source>Starting the server. This can take a minute.</source>
      <translation>Iniciando el servidor. Puede tardar un minuto.</translation>
    </message>
    <message>
      <source>Statistics</source>
      <translation>Estadísticas</translation>
    </message>
    <message>
      <source>Stay</source>
      <translation>Quedarse</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>Detener</translation>
    </message>
    <message>
      <source>Summarise earlier messages</source>
      <translation>Resumir mensajes anteriores</translation>
    </message>
    <message>
      <source>The chat store is damaged: {problem}. Make a copy of it before you go on.</source>
      <translation>El almacén de chats está dañado: {problem}. Conviene copiarlo antes de continuar.</translation>
    </message>
    <message>
      <source>The download of {name} stopped. {problem}</source>
      <translation>La descarga de {name} se detuvo. {problem}</translation>
    </message>
    <message>
      <source>The gateway does not run. {why}</source>
      <translation>La pasarela no está en marcha. {why}</translation>
    </message>
    <message>
      <source>The help cannot be read: {why}. Installing the program again mends it.</source>
      <translation>No se puede leer la ayuda: {why}. Volver a instalar el programa lo arregla.</translation>
    </message>
    <message>
      <source>The server could not be started.</source>
      <translation>El servidor no se pudo iniciar.</translation>
    </message>
    <message>
      <source>The window closes by itself when it is finished. Prompts that wait are kept.</source>
      <translation>La ventana se cierra sola cuando termina. Los mensajes en espera se conservan.</translation>
    </message>
    <message>
      <source>These chats could not be saved.</source>
      <translation>Estos chats no se pudieron guardar.</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>Deshacer</translation>
    </message>
    <message>
      <source>Unexpected error: {name}. The log has the details.</source>
      <translation>Error inesperado: {name}. El registro tiene los detalles.</translation>
    </message>
    <message>
      <source>Use it</source>
      <translation>Usar</translation>
    </message>
    <message>
      <source>and {n} more</source>
      <translation>y {n} más</translation>
    </message>
    <message>
      <source>chosen by Auto: {reason}</source>
      <translation>elegido por Auto: {reason}</translation>
    </message>
    <message>
      <source>loaded</source>
      <translation>cargado</translation>
    </message>
    <message>
      <source>loading</source>
      <translation>cargando</translation>
    </message>
    <message>
      <source>no longer there</source>
      <translation>ya no está</translation>
    </message>
    <message>
      <source>not loaded</source>
      <translation>sin cargar</translation>
    </message>
    <message>
      <source>server not reachable</source>
      <translation>no se puede alcanzar el servidor</translation>
    </message>
    <message>
      <source>{file} is not part of this installation. It lies with the program's sources.</source>
      <translation>{file} no forma parte de esta instalación. Está con el código fuente del programa.</translation>
    </message>
    <message>
      <source>{language} is used from the next start on, or at once; what runs is ended then.</source>
      <translation>{language} se usa desde el próximo inicio, o al momento; lo que está en curso se interrumpe.</translation>
    </message>
    <message>
      <source>{language} is used from the next start on: what is in this window is kept nowhere else.</source>
      <translation>{language} se usa desde el próximo inicio: lo que hay en esta ventana no se guarda en ningún otro lugar.</translation>
    </message>
    <message>
      <source>{name} is here, {size}.</source>
      <translation>{name} está aquí, {size}.</translation>
    </message>
    <message>
      <source>{n} downloads of models are not finished.</source>
      <translation>{n} descargas de modelos no han terminado.</translation>
    </message>
    <message>
      <source>{path} could not be written: {reason}.</source>
      <translation>{path} no se pudo escribir: {reason}.</translation>
    </message>
    <message>
      <source>{server} not reachable</source>
      <translation>No se puede alcanzar {server}</translation>
    </message>
    <message>
      <source>{size} are free again then. This cannot be undone; it would have to be fetched once more.</source>
      <translation>Entonces vuelven a quedar libres {size}. No se puede deshacer; habría que descargarlo otra vez.</translation>
    </message>
    <message>
      <source>{title} (fork)</source>
      <translation>{title} (bifurcación)</translation>
    </message>
  </context>
  <context>
    <name>WithheldKeyNote</name>
    <message>
      <source>Enter another key</source>
      <translation>Introducir otra clave</translation>
    </message>
    <message>
      <source>Enter another key, {name}</source>
      <translation>Introducir otra clave, {name}</translation>
    </message>
    <message>
      <source>The key stored for {old} is not used for {new}.</source>
      <translation>La clave guardada para {old} no se usa para {new}.</translation>
    </message>
    <message>
      <source>Use it for {new}</source>
      <translation>Usarla para {new}</translation>
    </message>
  </context>
</TS>
