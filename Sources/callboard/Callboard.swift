import Glibc
import Server

/// The executable: everything it does is in `Server`.
@main
struct Callboard {
    static func main() async {
        exit(await runCallboard(Array(CommandLine.arguments.dropFirst())))
    }
}
