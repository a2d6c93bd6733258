internal import Foundation

/// Colours and weights, written only when a terminal reads them and `NO_COLOR` is not set.
///
/// - SeeAlso: https://no-color.org
package struct TerminalStyle: Sendable {
    package let isStyled: Bool
    /// Cells of a line of the terminal; `nil` where no terminal reads.
    package let columns: Int?

    package static let plain = TerminalStyle(isStyled: false)

    package init(isStyled: Bool, columns: Int? = nil) {
        self.isStyled = isStyled
        self.columns = columns
    }

    /// The style that fits what is at the other end of a console.
    package init(for console: Console, environment: [String: String] = ProcessInfo.processInfo.environment) {
        let isRefused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        self.init(isStyled: console.isTerminal && !isRefused, columns: console.columns)
    }

    package func bold(_ text: DisplayText) -> DisplayText { self.wrapped(text, in: "1") }
    package func dim(_ text: DisplayText) -> DisplayText { self.wrapped(text, in: "2") }
    package func red(_ text: DisplayText) -> DisplayText { self.wrapped(text, in: "31") }
    package func green(_ text: DisplayText) -> DisplayText { self.wrapped(text, in: "32") }
    package func yellow(_ text: DisplayText) -> DisplayText { self.wrapped(text, in: "33") }

    private func wrapped(_ text: DisplayText, in code: DisplayText) -> DisplayText {
        self.isStyled && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
