internal import COpenSSL
internal import Glibc
internal import Synchronization

/// A file of the keys of every connection, as Wireshark reads them (NSS key log format). Whoever has it can read the
/// traffic, so it is made for its owner alone.
package final class TLSKeyLog: Sendable {
    private let descriptor: Mutex<Int32>

    /// Appends to the file, or makes it with mode 0600.
    ///
    /// - Throws: `TLSError` of kind `.configuration` when it cannot be written, is a link, or others may read it.
    package init(path: String) throws(TLSError) {
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw TLSError(.configuration, "\(path) cannot be written: \(unsafe String(cString: strerror(errno)))")
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_mode & 0o077 == 0
        else {
            close(descriptor)
            throw TLSError(.configuration, "\(path) must be a file that only its owner may read (mode 0600)")
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { _ = self.descriptor.withLock { close($0) } }

    /// OpenSSL gives each line to the log of its context, which lives as long as the context does.
    func install(on context: OpaquePointer) {
        _ = unsafe SSL_CTX_set_ex_data(context, Self.index, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_CTX_set_keylog_callback(context) { ssl, line in
            guard let line = unsafe line,
                let log = unsafe SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), TLSKeyLog.index)
            else { return }
            // SAFETY: the context's owner keeps the log as long as the context.
            unsafe Unmanaged<TLSKeyLog>.fromOpaque(log).takeUnretainedValue().write(String(cString: line))
        }
    }

    /// Where a context keeps the pointer to its log: the place for applications.
    private static let index: Int32 = 0

    private func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        // One write for a line, so that those of several connections do not mix.
        self.descriptor.withLock { descriptor in _ = unsafe Glibc.write(descriptor, bytes, bytes.count) }
    }
}
