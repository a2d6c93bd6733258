import Foundation
import LikenessMessages
import LikenessRPC
import LikenessServer
import LikenessTLS
import LikenessTesting
import Testing

/// The file of bearer tokens.
@Suite struct TokenFileTests {
    private static let digest = String(repeating: "ab", count: 32)

    @Test func `what is made is read again`() throws {
        let (token, line) = TokenFile.make(role: .writer, name: "loader", until: Date(timeIntervalSince1970: 2e9))
        #expect(token.utf8.count == 64 && !line.contains(token))
        let file = try TokenFile("# tokens\n\n\(line)\n")
        let entry = try #require(file.entries.first)
        #expect(entry.role == .writer && entry.name == "loader" && entry.until == Date(timeIntervalSince1970: 2e9))
        #expect(entry.digest == SHA256.digest(of: Array(token.utf8)))
        #expect(TokenFile.make(role: .reader, name: "x", until: nil).token != token)
        let bound = TokenFile.make(role: .reader, name: "x", until: Date(timeIntervalSince1970: 2e9), mask: "public")
            .line
        #expect(try TokenFile(bound).entries.first?.mask == "public")
        #expect(try TokenFile(bound).entries.first?.until == entry.until)
    }

    @Test(arguments: [
        ("sha256:\(digest) reader", "line 1: is not"), ("sha256:ab reader a", "line 1: the digest"),
        ("\n\(digest) reader a", "line 2: the digest"), ("sha256:\(digest) none a", "line 1: the role"),
        ("sha256:\(digest) owner a", "line 1: the role"), ("sha256:\(digest) reader a soon", "line 1: soon is neither"),
        ("sha256:\(digest) writer a mask=public", "line 1: only a reader"),
        ("sha256:\(digest) reader a mask=No", "line 1: mask=No names no mask"),
        ("sha256:\(digest) reader a mask=a mask=b", "line 1: mask=b is neither"),
        ("sha256:\(digest) reader a\nsha256:\(digest) admin b", "line 2: is there twice"),
    ])
    func `a line that cannot be read is named`(text: String, problem: String) {
        let error = #expect(throws: ConfigurationError.self) { try TokenFile(text) }
        #expect(error?.problems.first?.hasPrefix(problem) == true, "\(error?.problems ?? [])")
    }

    @Test func `SHA-256 gives the digests of its standard`() {
        func text(_ bytes: [UInt8]) -> String {
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        #expect(
            text(SHA256.digest(of: Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(text(SHA256.digest(of: [])).hasPrefix("e3b0c44298fc1c149afbf4c8996fb924"))
        #expect(SHA256.areEqual([1, 2], [1, 2]))
        #expect(!SHA256.areEqual([1, 2], [1, 3]) && !SHA256.areEqual([1], [1, 2]))
    }
}
