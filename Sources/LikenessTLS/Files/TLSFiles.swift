internal import Foundation
internal import Glibc

/// Files that say what one end of a connection shows and whom it trusts.
package protocol TLSFiles: Sendable {
    var paths: [String] { get }

    /// - Throws: `TLSError` of kind `.configuration`, naming the file that cannot be read.
    func read() throws(TLSError) -> TLSConfiguration
}

extension TLSFiles {
    static func text(_ path: String) throws(TLSError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            let reason = unsafe access(path, R_OK) == 0 ? "" : unsafe ": \(String(cString: strerror(errno)))"
            throw TLSError(.configuration, "\(path) cannot be read\(reason)")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
