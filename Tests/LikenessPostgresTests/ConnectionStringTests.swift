import LikenessTesting
import Logging
import Testing

@testable import LikenessPostgres

/// Connection strings: each of libpq's settings is used or refused, and no error shows what is secret.
@Suite struct ConnectionStringTests {
    private static func failure(_ text: String) -> String? {
        do throws(DatabaseError) {
            _ = try ConnectionConfiguration(connectionString: text)
            return nil
        } catch {
            return "\(error) \(error.detail)"
        }
    }

    private static func keywords(_ text: String) throws -> [String: String] {
        let configuration = try ConnectionConfiguration(connectionString: text)
        let addresses = configuration.endpoints.map { $0.address ?? "" }
        // libpq takes the last of several.
        return Dictionary(configuration.keywords(addresses: addresses)) { _, last in last }
    }

    @Test func `the fate of every keyword of libpq is decided`() {
        let keywords = ConnectionKeyword.ofLibrary()
        #expect(keywords.count > 30)
        #expect(keywords.filter { ConnectionKeyword.all[$0] == nil } == [])
    }

    private static let values = [
        "host": "db.example.org", "hostaddr": "192.0.2.7", "port": "6000", "sslmode": "verify-full",
        "target_session_attrs": "read-write", "client_encoding": "UTF8", "channel_binding": "require",
        "gssencmode": "prefer",
    ]
    private static let ours = ["fallback_application_name": "application_name"]

    @Test(arguments: ConnectionKeyword.ofLibrary())
    func `a setting reaches libpq or is refused by its name`(keyword: String) throws {
        let value = Self.values[keyword] ?? "7"
        let text = "\(keyword)=\(value)"
        switch ConnectionKeyword.all[keyword] {
        case .refused:
            let failure = try #require(Self.failure(text))
            #expect(failure.contains("\(keyword) is not possible here: "))
        case .used, .passed, nil:
            let sent = try Self.keywords(text)[Self.ours[keyword] ?? keyword] ?? ""
            #expect(sent == value || (keyword == "options" && sent.hasSuffix(" 7")), "\(sent)")
        }
    }

    @Test func `hostaddr takes the place of the look-up, and options come after our own`() throws {
        let both = try ConnectionConfiguration(connectionString: "host=db.invalid,b hostaddr=127.0.0.1,::1 port=1,2")
        #expect(
            both.endpoints == [
                .init(host: "db.invalid", address: "127.0.0.1", port: 1), .init(host: "b", address: "::1", port: 2),
            ]
        )
        #expect(try ConnectionConfiguration(connectionString: "hostaddr=127.0.0.1").endpoints[0].host == "")
        let options = try #require(try Self.keywords("options='-c lock_timeout=7s'")["options"])
        #expect(options.contains("-c lock_timeout=1s ") && options.hasSuffix("-c lock_timeout=7s"))
        #expect(Self.failure("hostaddr=db.example.org")?.contains("hostaddr is not a numeric address") == true)
        #expect(Self.failure("host=a,b hostaddr=127.0.0.1")?.contains("different numbers") == true)
        #expect(Self.failure("host=a,b port=1,2,3")?.contains("port has neither") == true)
        #expect(Self.failure("sslmode=verify_full")?.contains("sslmode is none of disable, allow") == true)
        #expect(Self.failure("client_encoding=LATIN1")?.contains("client_encoding") == true)
    }

    @Test(arguments: [
        "postgresql://u:S3cretPiece%zz@h/db", "postgresql://u:S3cretPiece/x@h/db", "postgresql://u:1/S3cretPiece@h/db",
        "postgresql://u:x@S3cretPiece@h/db", "postgresql://u:S3cretPiece@[::1/db",
        "postgresql://u:S3cretPiece@[::1]x/db",
        "postgresql://u:p@h/db?S3cretPiece", "postgresql://u:p@h/db?a=b=S3cretPiece",
        "postgresql://u:p@h/db?S3cretPiece=1",
        "postgresql://u:p@h/db?sslmode=S3cretPiece", "postgresql://u@h:S3cretPiece/db",
        "postgresql://u:S3cretPiece@h/db?service=a",
        "host=h password=x S3cretPiece dbname=x", "host=h password='S3cretPiece", "S3cretPiece",
        "host=h passw=S3cretPiece",
        "host=h password=S3cretPiece sslmode=off", "password=S3cretPiece port=x", "hostaddr=S3cretPiece",
        "client_encoding=S3cretPiece", "replication=S3cretPiece", "postgresql://u:p%00S3cretPiece@h/db",
    ])
    func `no error quotes a piece of a connection string`(text: String) throws {
        let failure = try #require(Self.failure(text))
        #expect(!failure.contains("S3cret"), "\(failure)")
    }

    /// Whatever one mistyped character makes of it.
    @Test func `strings with a mistake anywhere keep their password`() {
        var generator = Numbers(state: 11)
        let marks = Array(" '\"\\/@:%?&=#[],;\n\u{0}é").map(String.init)
        for form in [
            "postgresql://user:S3cretPiece@host:5432/db?sslmode=require", "host=h user=u password=S3cretPiece port=1",
        ] {
            for _ in 0..<4_000 {
                var text = form
                for _ in 0...Int(generator.next() % 3) {
                    let index = text.index(text.startIndex, offsetBy: Int(generator.next() % UInt64(text.count)))
                    if generator.next() % 4 == 0 {
                        text.remove(at: index)
                    } else {
                        text.insert(contentsOf: marks[Int(generator.next() % UInt64(marks.count))], at: index)
                    }
                }
                let failure = Self.failure(text) ?? ""
                // Five characters in a row are more than chance.
                for start in 0...6 {
                    #expect(
                        !failure.contains("S3cretPiece".dropFirst(start).prefix(5)),
                        "\(text.debugDescription): \(failure)"
                    )
                }
            }
        }
    }

    @Test func `texts lose what may be a secret, and no more`() {
        func redact(_ text: String) -> String { SecretRedaction.redact(text) }
        #expect(redact("a postgresql://u:p w@h/db: refused\nnext") == "a postgresql://***\nnext")
        #expect(redact("POSTGRES://x") == "POSTGRES://***")
        #expect(redact("host=h password = a b c") == "host=h password =***")
        #expect(redact("sslpassword=x PGPASSWORD=y") == "sslpassword=***")
        #expect(redact(#"{"password": "x"}"#) == #"{"password":***"#)
        let harmless = [
            "FATAL: password authentication failed for user \"u\"", "fe_sendauth: no password supplied",
            "database.password: no such setting", "connection to server at \"h\", port 5432 failed: Connection refused",
            "",
        ]
        #expect(harmless.map(redact) == harmless)
        #expect(SecretRedaction.redact("x hunter22 y", secrets: ["hunter2", "hunter22"]) == "x *** y")
    }

    @Test func `the code of a refused session is read from libpq's text`() {
        let text =
            "connection to server at \"h\", port 1 failed: FATAL:  53300: sorry, too many\nLOCATION:  f, proc.c:353\n"
        let parts = VerboseText.parts(of: text)
        #expect(parts.sqlState == "53300")
        #expect(parts.detail == "connection to server at \"h\", port 1 failed: FATAL:  sorry, too many")
        #expect(VerboseText.parts(of: "could not connect:  no route").sqlState == nil)
    }

    /// SplitMix64.
    private struct Numbers {
        var state: UInt64
        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var z = self.state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}

@Suite(.emptyDatabase) struct RefusedSessionTests {
    @Test func `a session that the server refuses keeps its code, in the pool too`() async throws {
        var configuration = TestDatabase.current.configuration
        configuration.database = "there_is_no_such_database"
        let opened = await #expect(throws: DatabaseError.self) { try await Connection.open(configuration).close() }
        #expect(opened?.sqlState == "3D000")
        #expect(opened?.detail.contains("3D000") == false && opened?.detail.contains("LOCATION") == false)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pool = ConnectionPool(configuration, .patient, logger: logger)
        let refused = await #expect(throws: DatabaseError.self) {
            _ = try await pool.execute(Statement("", "SELECT 1"))
        }
        #expect(refused?.sqlState == "3D000")
        await pool.shutDown()
    }
}
