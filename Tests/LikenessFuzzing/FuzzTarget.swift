/// Something that takes bytes from strangers, with what must hold whatever they are.
///
/// `scripts/fuzz` feeds it with libFuzzer; the tests feed it what libFuzzer found worth keeping.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Ends the process when something does not hold.
    package let run: @Sendable (UnsafeRawBufferPointer) -> Void

    package init(name: String, run: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
        (self.name, self.run) = (name, run)
    }

    package static let all = [
        Self.frames, .headers, .connection, .messages, .filters, .resumes, .tables, .archives, .europass,
        .clientFiles, .masks, .tokens, .operations,
    ]

    package static func named(_ name: String) -> FuzzTarget? { Self.all.first { $0.name == name } }
}

/// Reads numbers off the front of the input; zero when it is used up.
struct FuzzInput {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isEmpty: Bool { self.offset >= self.bytes.count }

    mutating func byte() -> UInt8 {
        guard !self.isEmpty else { return 0 }
        defer { self.offset += 1 }
        return self.bytes[self.offset]
    }

    mutating func number() -> Int { Int(self.byte()) << 8 | Int(self.byte()) }

    mutating func rest() -> UnsafeRawBufferPointer {
        defer { self.offset = self.bytes.count }
        return UnsafeRawBufferPointer(rebasing: self.bytes[min(self.offset, self.bytes.count)...])
    }
}
