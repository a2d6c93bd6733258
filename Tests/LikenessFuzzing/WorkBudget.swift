internal import Glibc

/// How much work one input may cost: so many times what a plain pass over as many bytes costs in the same process, with the
/// same sanitizer, at the same moment. On a machine of half the speed both take twice as long.
package enum WorkBudget {
    /// Ten times what the dearest input of the corpus costs: 39 passes for one of the target `resumes`, in a debug build.
    package static let factorMax = 400.0

    /// Inputs shorter than this are measured against a pass over so many bytes: a page has work to do whatever it holds.
    private static let byteCountMin = 4_096

    /// How many plain passes over its bytes an input costs.
    ///
    /// - Parameter wanted: Measures again, up to three times, while more than this is found; the least counts.
    package static func factor(
        of target: FuzzTarget,
        on bytes: UnsafeRawBufferPointer,
        wanted: Double = Self.factorMax
    ) -> Double {
        var work = Int64.max
        var pass = Int64.max
        for _ in 0..<3 {
            work = min(work, Self.nanoseconds { target.run(bytes) })
            pass = min(pass, Self.nanoseconds { Self.plainPass(byteCount: max(bytes.count, Self.byteCountMin)) })
            if Double(work) <= wanted * Double(pass) { break }
        }
        return Double(work) / Double(max(pass, 1))
    }

    /// Counts short slices of made-up bytes in a table: hashing, copying and memory, as parsers have them.
    private static func plainPass(byteCount: Int) {
        var counts: [UInt32: Int] = [:]
        var slice: UInt32 = 0
        for index in 0..<byteCount {
            slice = slice << 8 | UInt32(truncatingIfNeeded: index &* 31 & 0x7F)
            counts[slice, default: 0] += 1
        }
        precondition(counts.values.reduce(0, +) == byteCount, "a pass that passes over something")
    }

    private static func nanoseconds(_ body: () -> Void) -> Int64 {
        func now() -> Int64 {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        }
        let start = now()
        body()
        return now() - start
    }
}
