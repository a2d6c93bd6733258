// Proves scripts/lib/tsan-runtime.c: what it explains to the thread sanitizer is not reported, and a race still is.
//
//   tsan-proof          hand-overs by continuations, copies on write and a Mutex, all in order: no report
//   tsan-proof race     a counter beside the Mutex that nothing guards: reported

import Dispatch
import Synchronization

// Unchecked on purpose: with `race` it is the race that has to be seen.
final class Counter: @unchecked Sendable {
    var count = 0
}

@main enum Proof {
    static func main() async {
        for number in 0..<2_000 {
            let counter = await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    let counter = Counter()
                    counter.count = number
                    continuation.resume(returning: counter)
                }
            }
            precondition(counter.count == number)
        }
        let list = Mutex([Int](repeating: 1, count: 64))
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var sum = 0
                    for _ in 0..<20_000 {
                        let copy = list.withLock { $0 }
                        sum &+= copy[3]
                        list.withLock { $0[3] &+= 1 }
                    }
                    return sum
                }
            }
            await group.waitForAll()
        }
        let guarded = Mutex(0)
        let unguarded = Counter()
        let isRacy = CommandLine.arguments.dropFirst().first == "race"
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<300_000 {
                        guarded.withLock { $0 += 1 }
                        if isRacy { unguarded.count += 1 }
                    }
                }
            }
        }
        precondition(guarded.withLock { $0 } == 1_200_000)
    }
}
