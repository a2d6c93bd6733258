internal import ArgumentParser
internal import Foundation
internal import LikenessConsole
internal import LikenessMessages
internal import LikenessServer

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make a bearer token and its line for the token file.",
        discussion: """
            EXAMPLES
              (umask 077; likenessd token --role reader --name billing \\
                  2>>/etc/likeness/tokens >billing.token)
              likenessd token --role writer --name loader --days 90
              likenessd token --role reader --name website --mask public

            The token goes to standard output, once: nobody can read it out of its line. The line, which goes to standard \
            error, holds only the token's SHA-256. The service takes it from the file that auth.token_file names, within a \
            second. Callers send it as metadata: authorization: Bearer TOKEN
            """
    )

    @Option(help: "reader, writer, admin or monitor.")
    var role: String

    @Option(help: "What logs call the holder: no spaces.")
    var name: String

    @Option(help: "Days after which it no longer counts (default: none).")
    var days: Int?

    @Option(help: "Mask that a reader sees profiles through, whatever its calls say (default: none).")
    var mask: String?

    func validate() throws {
        guard let role = Role.named(self.role), role != .none else {
            throw ValidationError("--role is reader, writer, admin or monitor")
        }
        if let mask = self.mask {
            guard role == .reader else { throw ValidationError("--mask is for readers") }
            if let problem = TokenFile.problem(withMask: mask) { throw ValidationError("--mask \(problem)") }
        }
        guard !self.name.isEmpty, !self.name.contains(where: \.isWhitespace) else {
            throw ValidationError("--name has no spaces and is not empty")
        }
        guard (1...36_500).contains(self.days ?? 1) else { throw ValidationError("--days is 1 to 36500") }
    }

    func run() throws {
        guard let role = Role.named(self.role) else { return }
        let until = self.days.map { Date(timeIntervalSinceNow: Double($0) * 86_400) }
        let (token, line) = TokenFile.make(role: role, name: self.name, until: until, mask: self.mask)
        try Console.output.writeLine("\(token)")
        try Console.errors.writeLine("\(line)")
    }
}
