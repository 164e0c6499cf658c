; Inno Setup 6: iscc /DVersion=0.1.0 packaging\windows\ai-coder-assistant.iss
; Makes an installer for one user, without administrator rights, of the folder that build.py built.

#ifndef Version
  #error Give the version: iscc /DVersion=0.1.0 ...
#endif
#define Name "AI Coder Assistant"
#define Short "ai-coder-assistant"

[Setup]
; Windows knows an installed program by this; it never changes.
AppId={{2D7D49C2-0CAD-4DC1-895E-1D7BF07963C0}
AppName={#Name}
AppVersion={#Version}
AppPublisher=The {#Name} developers
DefaultDirName={autopf}\{#Name}
DefaultGroupName={#Name}
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible arm64
ArchitecturesInstallIn64BitMode=x64compatible arm64
MinVersion=10.0.17763
SourceDir=..\..
OutputDir=dist
OutputBaseFilename={#Short}-{#Version}-windows-setup
SetupIconFile=build\icons\app.ico
UninstallDisplayIcon={app}\{#Short}.exe
LicenseFile=LICENSE
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
ChangesEnvironment=yes
CloseApplications=yes

[Tasks]
Name: "path"; Description: "Add the command aica to the PATH"
Name: "links"; Description: "Open aica:// links with {#Name}"
Name: "desktopicon"; Description: "Put an icon on the desktop"; Flags: unchecked

[InstallDelete]
; Modules of the version before must not be found beside those of this one.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "dist\{#Short}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\{#Name}"; Filename: "{app}\{#Short}.exe"
Name: "{autodesktop}\{#Name}"; Filename: "{app}\{#Short}.exe"; Tasks: desktopicon

[Registry]
Root: HKCU; Subkey: "Software\Classes\aica"; ValueType: string; ValueData: "URL:{#Name}"; Flags: uninsdeletekey; Tasks: links
Root: HKCU; Subkey: "Software\Classes\aica"; ValueType: string; ValueName: "URL Protocol"; ValueData: ""; Tasks: links
Root: HKCU; Subkey: "Software\Classes\aica\DefaultIcon"; ValueType: string; ValueData: "{app}\{#Short}.exe,0"; Tasks: links
Root: HKCU; Subkey: "Software\Classes\aica\shell\open\command"; ValueType: string; ValueData: """{app}\{#Short}.exe"" ""%1"""; Tasks: links
Root: HKCU; Subkey: "Environment"; ValueType: expandsz; ValueName: "Path"; ValueData: "{olddata};{app}"; Check: NotInPath; Tasks: path

[Run]
Filename: "{app}\{#Short}.exe"; Description: "Start {#Name}"; Flags: nowait postinstall skipifsilent

[Code]
const
  PathKey = 'Environment';

function NotInPath: Boolean;
var
  Before: String;
begin
  if not RegQueryStringValue(HKCU, PathKey, 'Path', Before) then
    Before := '';
  Result := Pos(';' + Uppercase(ExpandConstant('{app}')) + ';', ';' + Uppercase(Before) + ';') = 0;
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
var
  Before, Ours: String;
  Place: Integer;
begin
  if (Step <> usPostUninstall) or not RegQueryStringValue(HKCU, PathKey, 'Path', Before) then
    exit;
  Ours := ';' + ExpandConstant('{app}');
  Place := Pos(Uppercase(Ours) + ';', Uppercase(Before) + ';');
  if Place > 0 then
  begin
    Delete(Before, Place, Length(Ours));
    RegWriteExpandStringValue(HKCU, PathKey, 'Path', Before);
  end;
end;
