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
      <translation>En una terminal, “{command}” revisa paso a paso cada proveedor, el almacén de claves y los chats.</translation>
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
    <name>Crash</name>
    <message>
      <source>Safe mode: the last starts ended within half a minute. No chat is opened, the gateway is not started, code has no colours, and the window speaks English. Your chats are in the list.</source>
      <translation>Modo seguro: los últimos inicios terminaron en menos de medio minuto. No se abre ningún chat, la pasarela no se inicia, el código no tiene colores y la ventana está en inglés. Los chats están en la lista.</translation>
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
      <source>{server} answers again.</source>
      <translation>{server} responde de nuevo.</translation>
    </message>
    <message>
      <source>{server} does not answer any more.</source>
      <translation>{server} ya no responde.</translation>
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
      <source>done</source>
      <translation>terminada</translation>
    </message>
    <message>
      <source>outside your network</source>
      <translation>fuera de la red propia</translation>
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
      <source>A key is small letters, digits, - and _, and begins with a letter or digit.</source>
      <translation>Un identificador consta de letras minúsculas, cifras, - y _, y empieza por una letra o cifra.</translation>
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
      <source>Key in the file</source>
      <translation>Identificador en el archivo</translation>
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
      <source>Workshop</source>
      <translation>Taller</translation>
    </message>
    <message>
      <source>workshop</source>
      <translation>taller</translation>
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
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Chat renamed</source>
      <translation>Chat renombrado</translation>
    </message>
    <message>
      <source>Delete everything in the trash for good?</source>
      <translation>¿Eliminar definitivamente todo lo que hay en la papelera?</translation>
    </message>
    <message>
      <source>Delete for good</source>
      <translation>Eliminar definitivamente</translation>
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
      <source>{language} is used from the next start on, or at once; what runs is ended then.</source>
      <translation>{language} se usa desde el próximo inicio, o al momento; lo que está en curso termina entonces.</translation>
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
