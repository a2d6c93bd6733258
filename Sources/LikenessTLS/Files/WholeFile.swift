package import Foundation
internal import Glibc

/// Files that are read whole: settings, certificates, tokens. All are texts, and read without a byte order mark of UTF-8.
package enum WholeFile {
    package struct Unreadable: Error {
        package enum Kind: Sendable {
            case absent, folder, other
        }

        package let kind: Kind
        /// "is a folder, not a file", or "cannot be read" and why.
        package let reason: String
    }

    package static func contents(of path: String) throws(Unreadable) -> Data {
        if let data = FileManager.default.contents(atPath: path) {
            return data.starts(with: [0xEF, 0xBB, 0xBF]) ? Data(data.dropFirst(3)) : data
        }
        var isFolder: ObjCBool = false
        if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw Unreadable(kind: .folder, reason: "is a folder, not a file")
        }
        // SAFETY: a path that ends with 0, and a text that the C library keeps until the next error of this thread.
        guard unsafe access(path, R_OK) != 0 else { throw Unreadable(kind: .other, reason: "cannot be read") }
        let code = errno
        let reason = unsafe "cannot be read: \(String(cString: strerror(code)))"
        throw Unreadable(kind: code == ENOENT ? .absent : .other, reason: reason)
    }

    package static func text(of path: String) throws(Unreadable) -> String {
        String(decoding: try self.contents(of: path), as: UTF8.self)
    }
}
