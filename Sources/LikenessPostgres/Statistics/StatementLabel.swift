internal import Synchronization

/// What the times of a statement are counted under: its name, without the numbers that tell variants of one text apart, such as a
/// literal limit.
///
/// There are at most ``countMax``. Further names are counted as ``other``, so that metrics stay bounded whatever a program does.
package struct StatementLabel: Sendable, Hashable {
    package static let countMax = 512
    /// Of what has no name.
    package static let other = StatementLabel(at: 0)

    /// 0..<`countMax`, in the order in which names came.
    let index: Int

    private struct Known {
        var indices = ["": 0]
        var names = ["_OTHER"]
    }

    private static let known = Mutex(Known())

    /// - Parameter index: Of a label that was made before.
    init(at index: Int) { self.index = index }

    package init(_ name: String) {
        let stem = Self.stem(of: name)
        self.index = Self.known.withLock { known in
            if let index = known.indices[stem] { return index }
            guard known.names.count < Self.countMax else { return 0 }
            known.names.append(stem)
            known.indices[stem] = known.names.count - 1
            return known.names.count - 1
        }
    }

    package var name: String { Self.known.withLock { $0.names[self.index] } }

    /// `profiles_page_50_live` and `profiles_page_200_live` are both `profiles_page_live`.
    private static func stem(of name: String) -> String {
        guard name.utf8.contains(where: Self.isDigit) else { return name }
        return name.split(separator: "_").filter { !$0.utf8.allSatisfy(Self.isDigit) }.joined(separator: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}

extension StatementLabel {
    /// A text of one or more statements without parameters.
    static let script = StatementLabel("script")
    static let copy = StatementLabel("copy")
}
