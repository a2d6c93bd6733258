internal import Foundation
internal import LikenessMessages
internal import LikenessRPC
internal import Logging
internal import Synchronization

/// The tokens in force: those of a file, read again whenever it changes.
///
/// A file that cannot be read or understood changes nothing but the log: what held before holds on.
final class TokenStore: Sendable {
    private struct Version: Equatable {
        let modified: Foundation.Date?
        let size: Int?
    }

    private let path: String
    private let logger: Logger
    private let state: Mutex<(tokens: TokenFile, version: Version)>

    /// - Throws: `ConfigurationError` when the file cannot be read or understood.
    init(path: String, logger: Logger) throws(ConfigurationError) {
        self.path = path
        self.logger = logger
        let version = Self.version(of: path)
        self.state = Mutex((try Self.read(path), version))
    }

    /// Whose a token is.
    func holder(of token: String) -> TokenHolder? {
        let tokens = self.state.withLock { $0.tokens }
        return tokens.entry(of: token, now: Foundation.Date()).map { entry in
            TokenHolder(name: entry.name, roles: Set(Role.allCases.filter { $0 <= entry.role }))
        }
    }

    /// Looks at the file every half second until cancelled, and reads it when it has changed.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
            self.reloadIfChanged()
        }
    }

    func reloadIfChanged() {
        let version = Self.version(of: self.path)
        guard self.state.withLock({ $0.version }) != version else { return }
        do {
            let tokens = try Self.read(self.path)
            self.state.withLock { $0 = (tokens, version) }
            self.logger.info("tokens read again", metadata: ["count": "\(tokens.entries.count)"])
        } catch {
            // Not tried again before it changes again.
            self.state.withLock { $0.version = version }
            self.logger.error("the tokens of before hold on", metadata: ["problem": "\(error)"])
        }
    }

    private static func read(_ path: String) throws(ConfigurationError) -> TokenFile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError(["auth.token_file: \(path) cannot be read"])
        }
        do {
            return try TokenFile(String(decoding: data, as: UTF8.self))
        } catch {
            throw ConfigurationError(error.problems.map { "auth.token_file: \($0)" })
        }
    }

    private static func version(of path: String) -> Version {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return Version(modified: attributes?[.modificationDate] as? Foundation.Date, size: attributes?[.size] as? Int)
    }
}
