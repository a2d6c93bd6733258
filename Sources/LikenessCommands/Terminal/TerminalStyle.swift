internal import Foundation

/// Colours and weights, written only when a terminal reads them and `NO_COLOR` is not set.
struct TerminalStyle {
    let isStyled: Bool

    static let plain = TerminalStyle(isStyled: false)

    /// The style that fits standard output.
    static func standardOutput(environment: [String: String]) -> TerminalStyle {
        let refused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return TerminalStyle(isStyled: isatty(STDOUT_FILENO) == 1 && !refused)
    }

    func bold(_ text: String) -> String { self.wrapped(text, in: "1") }
    func dim(_ text: String) -> String { self.wrapped(text, in: "2") }
    func red(_ text: String) -> String { self.wrapped(text, in: "31") }
    func green(_ text: String) -> String { self.wrapped(text, in: "32") }
    func yellow(_ text: String) -> String { self.wrapped(text, in: "33") }

    private func wrapped(_ text: String, in code: String) -> String {
        self.isStyled && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
