internal import Foundation

/// The file in which a stream's token is kept between two runs.
struct TokenState: Sendable {
    let path: String

    /// - Returns: `nil` where there is no file, or an empty one.
    func read() throws -> String? {
        guard FileManager.default.fileExists(atPath: self.path) else { return nil }
        do {
            let text = try String(contentsOfFile: self.path, encoding: .utf8).trimmed()
            return text.isEmpty ? nil : text
        } catch {
            throw CommandFailure("cannot read \(self.path): \(error.localizedDescription)", exitCode: 64)
        }
    }

    /// Whole or not at all: a run that is interrupted leaves the token before.
    func write(_ token: String) throws {
        do {
            try Data("\(token)\n".utf8).write(to: URL(filePath: self.path), options: .atomic)
        } catch {
            throw CommandFailure("cannot write \(self.path): \(error.localizedDescription)", exitCode: 64)
        }
    }
}
