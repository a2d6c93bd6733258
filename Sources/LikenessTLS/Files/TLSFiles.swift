internal import Foundation

/// Files that say what one end of a connection shows and whom it trusts.
package protocol TLSFiles: Sendable {
    var paths: [String] { get }

    /// - Throws: `TLSError` of kind `.configuration`, naming the file that cannot be read.
    func read() throws(TLSError) -> TLSConfiguration
}

extension TLSFiles {
    static func text(_ path: String) throws(TLSError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TLSError(.configuration, "\(path) cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
