import Foundation
import LikenessMessages
import LikenessRPC
import Logging
import Testing

@testable import LikenessServer

/// Tokens that change while a service runs.
@Suite struct TokenStoreTests {
    @Test func `a changed file counts at once, and a broken one changes nothing`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "likeness-tokens-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "tokens")
        let (first, firstLine) = TokenFile.make(role: .reader, name: "first", until: nil)
        let (second, secondLine) = TokenFile.make(role: .admin, name: "second", until: nil)
        let (old, oldLine) = TokenFile.make(role: .admin, name: "old", until: Date(timeIntervalSince1970: 0))
        func write(_ text: String) throws { try Data(text.utf8).write(to: file) }
        try write("\(firstLine)\n\(oldLine)\n")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let store = try TokenStore(path: file.path, logger: logger)
        #expect(store.holder(of: first)?.name == "first")
        #expect(store.holder(of: first)?.roles == [.none, .reader])
        #expect(store.holder(of: String(first.dropLast()) + "x") == nil)
        #expect(store.holder(of: old) == nil, "its time is over")
        try write("\(secondLine)\n")
        store.reloadIfChanged()
        #expect(store.holder(of: first) == nil)
        #expect(store.holder(of: second)?.roles == Set(Role.allCases))
        try write("nonsense")
        store.reloadIfChanged()
        #expect(store.holder(of: second)?.name == "second")
        try write("")
        store.reloadIfChanged()
        #expect(store.holder(of: second) == nil)
        #expect(throws: ConfigurationError.self) { try TokenStore(path: folder.path + "/none", logger: logger) }
    }
}
