# Stops what its parent started once the parent is gone: the pipe on standard input then closes.
# Arguments: the stop signal, the grace in tenths of a second, a folder to remove at the end or nothing.
trap '' HUP INT QUIT TERM PIPE TSTP TTIN TTOU
signal=$1 grace=$2 folder=$3

groups=
while read -r word group; do
  case $word in
  add) groups="$group $groups" ;;
  forget)
    rest=
    for other in $groups; do
      [ "$other" = "$group" ] || rest="$rest $other"
    done
    groups=$rest
    ;;
  done) exit 0 ;;
  esac
done

lives() { kill -s 0 -- "-$1"; } 2>/dev/null

# The newest process stops first: it may need the older ones to end well.
for group in $groups; do
  kill -s "$signal" -- "-$group" 2>/dev/null
  left=$grace
  while [ "$left" -gt 0 ] && lives "$group"; do
    sleep 0.1
    left=$((left - 1))
  done
  kill -s KILL -- "-$group" 2>/dev/null
done

# Children that left their group may need a moment to notice, and write until then.
tries=100
while [ -n "$folder" ] && [ "$tries" -gt 0 ]; do
  rm -rf -- "$folder" 2>/dev/null && break
  sleep 0.1
  tries=$((tries - 1))
done
