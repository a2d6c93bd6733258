internal import Glibc

/// The log of a private server: a file that it appends to, kept short from outside.
struct ClusterLog {
    let path: String
    /// A longer file is set aside.
    let bytesMax: Int

    private var olderPath: String { "\(self.path).1" }

    var isLong: Bool {
        var status = stat()
        return unsafe lstat(self.path, &status) == 0 && Int(status.st_size) > self.bytesMax
    }

    /// Sets the log's end aside when the file has grown beyond the bound, in place of an older one, and empties the file.
    ///
    /// The server goes on writing to the same file: it has it open for appending, so what it writes next is at the file's
    /// new end. Lines that come between the copy and the cut are lost, never parts of others mixed.
    ///
    /// - Returns: Whether it was set aside. Should it fail the log goes on growing, and the next call tries again.
    @discardableResult func setAsideIfLong() -> Bool {
        // As root in a folder of the server's account: neither a link nor a pipe may stand in for the file.
        let log = unsafe open(self.path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard log >= 0 else { return false }
        defer { close(log) }
        var status = stat()
        guard unsafe fstat(log, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1,
            Int(status.st_size) > self.bytesMax
        else { return false }
        guard self.copyEnd(of: log, from: Int(status.st_size) - self.bytesMax) else { return false }
        return ftruncate(log, 0) == 0
    }

    /// Makes the older log of everything from a position on.
    private func copyEnd(of log: Int32, from start: Int) -> Bool {
        let draft = "\(self.olderPath).new"
        unsafe unlink(draft)
        let older = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard older >= 0 else { return false }
        defer { close(older) }
        guard lseek(log, off_t(start), SEEK_SET) >= 0 else { return false }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        // A server that writes faster than this reads is cut off here.
        var rest = 2 * self.bytesMax
        while rest > 0 {
            let count = unsafe read(log, &bytes, bytes.count)
            guard count > 0 else { break }
            guard unsafe write(older, bytes, count) == count else {
                unsafe unlink(draft)
                return false
            }
            rest -= count
        }
        return unsafe rename(draft, self.olderPath) == 0
    }
}
