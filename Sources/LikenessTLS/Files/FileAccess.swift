internal import Glibc

/// Who may read a file.
package enum FileAccess {
    /// The file's mode when others than its owner and group may read or write it; `nil` when it is private enough, or
    /// not there.
    package static func tooOpen(_ path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & 0o007 != 0 else { return nil }
        return "0" + String(status.st_mode & 0o777, radix: 8)
    }
}
