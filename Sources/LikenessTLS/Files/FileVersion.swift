internal import Glibc

/// What tells one content of a file from the next, without reading it.
struct FileVersion: Sendable, Hashable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    /// Changes with every write, rename and link, also when somebody sets the time of the content back.
    private let changeSeconds: Int
    private let changeNanoseconds: Int

    /// Follows symbolic links: a folder of links whose target is swapped is how some systems hand out secrets.
    ///
    /// - Returns: `nil` when there is no such file.
    init?(of path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.device = UInt(status.st_dev)
        self.inode = UInt(status.st_ino)
        self.size = Int(status.st_size)
        self.changeSeconds = status.st_ctim.tv_sec
        self.changeNanoseconds = status.st_ctim.tv_nsec
    }
}
