package import FoundationEssentials

/// How far rows are read by ascending id.
///
/// A statement that reads on takes `least` and compares with `>=`. With `>` the beginning would have to be an id too, and none is
/// less than each that a caller may choose: the zero UUID is one.
package enum IDPosition: Sendable, Hashable {
    case start
    case after(UUID)

    /// The least id that a row behind it may have; `nil` behind the greatest.
    var least: UUID? {
        switch self {
        case .start: .zero
        case .after(let id): id.successor
        }
    }

    /// For tokens. The zero UUID means the beginning in those of earlier releases.
    var text: String {
        switch self {
        case .start: UUID.zero.text
        case .after(.zero): Self.afterZero
        case .after(let id): id.text
        }
    }
    private static let afterZero = "zero"

    init?(text: String) {
        if text == Self.afterZero {
            self = .after(.zero)
        } else if let id = UUID(text: text) {
            self = id == .zero ? .start : .after(id)
        } else {
            return nil
        }
    }
}

extension UUID {
    /// The next greater one, as PostgreSQL orders them; `nil` for the greatest.
    var successor: UUID? {
        var bytes = withUnsafeBytes(of: self.uuid) { Array($0) }
        guard let last = bytes.lastIndex(where: { $0 < 0xFF }) else { return nil }
        bytes[last] += 1
        for index in bytes.indices where index > last { bytes[index] = 0 }
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
