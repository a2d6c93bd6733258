import Foundation
import LikenessMessages
import LikenessRPC
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
        let store = try TokenStore(path: file.path)
        #expect(try !store.reloadIfChanged())
        #expect(store.holder(of: first)?.name == "first")
        #expect(store.holder(of: first)?.roles == [.none, .reader])
        #expect(store.holder(of: String(first.dropLast()) + "x") == nil)
        #expect(store.holder(of: old) == nil, "its time is over")
        try write("\(secondLine)\n")
        #expect(try !store.reloadIfChanged(), "it may be written still")
        #expect(try store.reloadIfChanged())
        #expect(try !store.reloadIfChanged())
        #expect(store.holder(of: first) == nil)
        #expect(store.holder(of: second)?.roles == Role.admin.included)
        try write("nonsense")
        _ = try store.reloadIfChanged()
        let error = #expect(throws: ConfigurationError.self) { try store.reloadIfChanged() }
        #expect(error?.problems.first?.hasPrefix("auth.token_file: \(file.path): line 1") == true)
        #expect(try !store.reloadIfChanged(), "it is not tried again before it changes")
        #expect(store.holder(of: second)?.name == "second")
        try write("")
        try store.reload()
        #expect(store.holder(of: second) == nil)
        #expect(throws: ConfigurationError.self) { try TokenStore(path: folder.path + "/none") }
    }
}
