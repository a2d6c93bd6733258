internal import Glibc
internal import Synchronization

/// Keeps the context of new connections as its files say.
///
/// Files that cannot be used, or that no peer would accept, change nothing: the previous ones stay in use, and the files
/// are not tried again before they change.
package final class TLSReloader: Sendable {
    package let source: TLSContextSource
    private let files: any TLSFiles
    private let watch: Mutex<FileWatch>
    private let now: @Sendable () -> Int64

    /// - Parameter now: The time in seconds since 1970.
    /// - Throws: `TLSError` of kind `.configuration`, naming the file that cannot be used.
    package init(
        _ files: any TLSFiles,
        now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }
    ) throws(TLSError) {
        self.files = files
        self.now = now
        self.watch = Mutex(FileWatch(files.paths))
        self.source = TLSContextSource(try Self.context(files, now: now()))
    }

    private static func context(_ files: any TLSFiles, now: Int64) throws(TLSError) -> TLSContext {
        let context = try TLSContext(files.read())
        if let objection = context.objection(now: now) { throw TLSError(.configuration, objection) }
        return context
    }

    /// Whether a certificate that was accepted earlier is revoked by now.
    package func revokes(_ certificate: PeerCertificate) -> Bool { self.source.current.revokes(certificate) }

    /// Takes up what the files hold now.
    package func reload() throws(TLSError) {
        self.watch.withLock { $0.take() }
        self.source.replace(with: try Self.context(self.files, now: self.now()))
    }

    /// Takes up the files if they have changed and can be used; otherwise they are tried again at the next call.
    package func refresh() {
        guard self.watch.withLock({ $0.isChanged }) else { return }
        let fresh = FileWatch(self.files.paths)
        guard let context = try? Self.context(self.files, now: self.now()) else { return }
        self.source.replace(with: context)
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
