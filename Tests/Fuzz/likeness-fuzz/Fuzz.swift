import Glibc
import LikenessFuzzing

/// libFuzzer's driver (clang's FuzzerInterface).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ runOne: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Feeds one target with what libFuzzer makes up: `LIKENESS_FUZZ_TARGET=frames likeness-fuzz [libFuzzer's options]`.
@main struct Fuzz {
    private static let target: FuzzTarget = {
        let name = getenv("LIKENESS_FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget.named(name) else {
            fatalError("LIKENESS_FUZZ_TARGET is one of: \(FuzzTarget.all.map(\.name).joined(separator: ", "))")
        }
        return target
    }()

    static func main() {
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        _ = self.target
        exit(runDriver(&count, &arguments, runOne))
    }

    /// Ends the process when something does not hold, or takes more work than its length explains.
    static func run(_ bytes: UnsafeRawBufferPointer) {
        let factor = WorkBudget.factor(of: self.target, on: bytes)
        precondition(factor <= WorkBudget.factorMax, "one input takes as much work as \(factor) passes over its bytes")
    }
}

/// The name by which libFuzzer's library looks for it.
@_cdecl("LLVMFuzzerTestOneInput")
func runOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzz.run(UnsafeRawBufferPointer(start: start, count: count))
    return 0
}
