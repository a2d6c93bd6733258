/// Files that say what one end of a connection shows and whom it trusts.
package protocol TLSFiles: Sendable {
    var paths: [String] { get }

    /// - Throws: `TLSError` of kind `.configuration`, naming the file that cannot be read.
    func read() throws(TLSError) -> TLSConfiguration
}

extension TLSFiles {
    static func text(_ path: String) throws(TLSError) -> String {
        do {
            return try WholeFile.text(of: path)
        } catch {
            throw TLSError(.configuration, "\(path) \(error.reason)")
        }
    }
}
