internal import Foundation

/// Files with keys, tokens and passwords.
package enum SecretFile {
    /// Says who besides its owner and its group can read a file, or can change it; `nil` when no one can.
    package static func exposure(of path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        let isWritable = status.st_mode & (S_IWGRP | S_IWOTH) != 0
        guard isWritable || status.st_mode & S_IROTH != 0 else { return nil }
        let mode = String(status.st_mode & 0o777, radix: 8)
        return "\(path): others can \(isWritable ? "change" : "read") it (mode \(mode)): chmod 600 it"
    }
}
