internal import Synchronization

/// Keeps the context of new connections as its files say.
///
/// Files that cannot be used change nothing: what held before holds on, and they are not tried again before they change.
package final class TLSReloader: Sendable {
    package let source: TLSContextSource
    private let files: any TLSFiles
    private let watch: Mutex<FileWatch>

    /// - Throws: `TLSError` of kind `.configuration`, naming the file that cannot be used.
    package init(_ files: any TLSFiles) throws(TLSError) {
        self.files = files
        self.watch = Mutex(FileWatch(files.paths))
        self.source = TLSContextSource(try TLSContext(files.read()))
    }

    /// Whether a certificate that was accepted earlier is revoked by now.
    package func revokes(_ certificate: PeerCertificate) -> Bool { self.source.current.revokes(certificate) }

    /// Takes up what the files hold now.
    package func reload() throws(TLSError) {
        self.watch.withLock { $0.take() }
        try self.source.replace(with: self.files.read())
    }

    /// Takes up the files if they have changed and can be used; otherwise they are tried again at the next call.
    package func refresh() {
        guard self.watch.withLock({ $0.isChanged }) else { return }
        let fresh = FileWatch(self.files.paths)
        guard (try? self.source.replace(with: self.files.read())) != nil else { return }
        self.watch.withLock { $0 = fresh }
    }

    /// Takes up the files when they have changed and have been the same at two calls in a row.
    ///
    /// - Returns: Whether they were taken up.
    package func reloadIfChanged() throws(TLSError) -> Bool {
        guard self.watch.withLock({ $0.look() }) else { return false }
        try self.reload()
        return true
    }
}
