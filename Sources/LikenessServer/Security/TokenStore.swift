internal import Foundation
internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS
internal import Synchronization

/// The tokens in force: those of a file, which can be read again.
///
/// A file that cannot be read or understood changes nothing: the previous tokens stay in use.
final class TokenStore: Sendable {
    private let path: String
    private let tokens: Mutex<TokenFile>
    private let watch: Mutex<FileWatch>

    /// - Throws: `ConfigurationError` when the file cannot be read or understood.
    init(path: String) throws(ConfigurationError) {
        self.path = path
        self.watch = Mutex(FileWatch([path]))
        self.tokens = Mutex(try Self.read(path))
    }

    var count: Int { self.tokens.withLock(\.entries.count) }

    /// Whose a token is.
    func holder(of token: String) -> TokenHolder? {
        let tokens = self.tokens.withLock { $0 }
        return tokens.entry(of: token, now: Foundation.Date()).map { entry in
            TokenHolder(
                name: entry.name,
                roles: entry.role.included,
                boundMask: entry.mask
            )
        }
    }

    /// Takes up what the file holds now.
    func reload() throws(ConfigurationError) {
        self.watch.withLock { $0.take() }
        let tokens = try Self.read(self.path)
        self.tokens.withLock { $0 = tokens }
    }

    /// Takes up the file when it has changed and has been the same at two calls in a row.
    ///
    /// - Returns: Whether it was taken up.
    func reloadIfChanged() throws(ConfigurationError) -> Bool {
        guard self.watch.withLock({ $0.look() }) else { return false }
        try self.reload()
        return true
    }

    private static func read(_ path: String) throws(ConfigurationError) -> TokenFile {
        let text: String
        do {
            text = try WholeFile.text(of: path)
        } catch {
            throw ConfigurationError(["auth.token_file: \(path) \(error.reason)"])
        }
        do {
            return try TokenFile(text)
        } catch {
            throw ConfigurationError(error.problems.map { "auth.token_file: \(path): \($0)" })
        }
    }
}
