/// The version of the command line, which is that of the service it came with.
enum LikenessVersion {
    static let current = "0.1.0"
}
