#!/bin/sh
# Installs AI Coder Assistant for this user, without any rights of an administrator: sh install.sh
# Takes it away again: sh install.sh --uninstall
set -eu

name=ai-coder-assistant
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
share=${XDG_DATA_HOME:-$HOME/.local/share}
programs=$HOME/.local/lib/$name
commands=$HOME/.local/bin

remove() {
    rm -rf -- "$programs"
    for command in "$name" aica; do
        # A command of somebody else stays.
        case $(readlink -- "$commands/$command" || true) in "$programs"/*) rm -f -- "$commands/$command" ;; esac
    done
    rm -f -- "$share/applications/$name.desktop" "$share/metainfo/$name.metainfo.xml"
    rm -f -- "$share"/icons/hicolor/*/apps/"$name".png "$share/icons/hicolor/scalable/apps/$name.svg"
}

if [ "${1:-}" = --uninstall ]; then
    remove
    echo "AI Coder Assistant is gone. Your chats and settings are still there; INSTALL.txt says where."
    exit 0
fi

for command in "$name" aica; do
    case $(readlink -- "$commands/$command" || true) in
    "$programs"/*) ;;
    *)
        if [ -e "$commands/$command" ] || [ -L "$commands/$command" ]; then
            echo "$commands/$command is somebody else's. Move it away, then start this again." >&2
            exit 1
        fi
        ;;
    esac
done

remove
mkdir -p -- "$programs" "$commands" "$share"
cp -R -- "$here/$name/." "$programs/"
cp -R -- "$here/share/." "$share/"
for command in "$name" aica; do
    ln -s -- "$programs/$command" "$commands/$command"
done
# Menus do not always have ~/.local/bin in their PATH.
escaped=$(printf '%s' "$programs/$name" | sed 's/[\\"`$]/\\\\&/g; s/%/%%/g; s/[\\&|]/\\&/g')
sed "s|^Exec=$name|Exec=\"$escaped\"|" "$here/share/applications/$name.desktop" > "$share/applications/$name.desktop"

echo "Installed in $programs. The window: $name, the terminal: aica."
case ":$PATH:" in
*":$commands:"*) ;;
*) echo "$commands is not in your PATH; log in again, or add it." ;;
esac
