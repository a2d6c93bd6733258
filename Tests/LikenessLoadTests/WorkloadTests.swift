import Foundation
import LikenessMessages
import LikenessReflection
import LikenessStatistics
import Testing

@testable import LikenessLoad

@Suite struct WorkloadTests {
    private func workload(_ weights: [Double]) -> Workload {
        Workload(
            weights.enumerated().map { index, weight in
                .init(
                    name: "\(index)",
                    weight: weight,
                    requests: (0..<3).map { .init(method: "a/b", messages: [[UInt8($0)]], timeout: .seconds(1)) }
                )
            }
        )
    }

    @Test func `kinds come as often as their weights say, their requests in turn`() {
        var picker = RequestPicker(self.workload([60, 30, 10]), worker: 0, seed: 3)
        var counts = [0, 0, 0]
        var last = [-1, -1, -1]
        for _ in 0..<10_000 {
            let choice = picker.pick()
            counts[choice.kind] += 1
            #expect(choice.request == (last[choice.kind] + 1) % 3)
            last[choice.kind] = choice.request
        }
        for (count, expected) in zip(counts, [6_000, 3_000, 1_000]) { #expect(abs(count - expected) < 250) }
    }

    @Test func `a mix is read, and nonsense refused`() throws {
        let mix = try MixSpecification("vector=60,text=20,get")
        #expect(mix.parts == [.init(.vector, 60), .init(.text, 20), .init(.get, 1)])
        for text in ["", "vectr=1", "vector=0", "vector=x", "vector=1,vector=2", "vector=1,,text=1"] {
            #expect(throws: OptionError.self) { try MixSpecification(text) }
        }
    }

    @Test func `a template's places are filled in, the same for the same seed`() throws {
        let template = try MessageTemplate(
            #"{"a":{"b":{{vector 3}}},"i":{{int 5 7}},"u":"{{uuid}}","n":{{index}},"l":"{{line names}}","c":"{{choose x|y}}"}"#,
            readLines: { _ in [#"say "hi""#] }
        )
        var (one, two) = (SplitMix64(seed: 9), SplitMix64(seed: 9))
        let text = template.text(index: 4, random: &one)
        #expect(text == template.text(index: 4, random: &two))
        struct Filled: Decodable {
            struct B: Decodable { let b: [Float] }
            let a: B
            let i: Int
            let u: UUID
            let n: Int
            let l: String
            let c: String
        }
        let filled = try JSONDecoder().decode(Filled.self, from: Data(text.utf8))
        #expect(filled.a.b.count == 3 && (5...7).contains(filled.i) && filled.n == 4 && filled.l == #"say "hi""#)
        #expect(["x", "y"].contains(filled.c))
        #expect(template.varies)
        #expect(try !MessageTemplate(#"{"a":{"b":{}}}"#).varies)
    }

    @Test(arguments: ["{{vector}}", "{{vector 0}}", "{{int 5}}", "{{int 7 5}}", "{{nonsense}}", "{{uuid 3}}"])
    func `an unknown place is refused`(text: String) {
        #expect(throws: OptionError.self) { try MessageTemplate(text) }
    }

    @Test func `calls are encoded by descriptor`() throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        let template = try MessageTemplate(#"{"query":{"vector":{"values":{{vector 4}}}},"limit":{{int 1 9}}}"#)
        var calls = CallWorkload(method: "likeness.v1.SearchService/Query", messages: [template])
        calls.preparedCount = 10
        let workload = try calls.prepare(pool: pool)
        #expect(workload.kinds.map(\.name) == ["Query"])
        #expect(workload.kinds[0].requests.count == 10)
        calls.messages = [try MessageTemplate(#"{"limit": 3}"#), try MessageTemplate(#"{"limit": 4}"#)]
        #expect(try calls.prepare(pool: pool).kinds[0].requests.count == 2)
    }

    @Test func `what cannot be called is refused with a hint`() throws {
        let pool = try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        func message(_ method: String, _ data: String) throws -> String {
            do {
                _ = try CallWorkload(method: method, messages: [MessageTemplate(data)]).prepare(pool: pool)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(
            try message("likeness.v1.SearchService/Qery", "{}").contains(
                "did you mean likeness.v1.SearchService/Query?"
            )
        )
        #expect(try message("likeness.v1.SearchService/Query", #"{"limt": 3}"#).contains("limt"))
    }
}

@Suite struct ThresholdTests {
    private let report = LoadReport.example(p99: 25, calls: 990, failed: 10)

    @Test(arguments: [
        ("p99>20ms", true), ("p99>25ms", false), ("p99>=25ms", true), ("p50>1s", false), ("errors>0", true),
        ("errors>10", false), ("errors>0.5%", true), ("errors>1%", false), ("rate<100", true), ("rate<99", false),
        ("max<=1us", false), ("recall<0.9", true), ("missed>0", false),
    ])
    func `a threshold fails a run`(text: String, fails: Bool) throws {
        let verdict = try Threshold(text).verdict(self.report)
        #expect(verdict.failed == fails, "\(verdict.line)")
        #expect(verdict.line.contains(text))
    }

    @Test func `a run without answers fails every latency`() throws {
        #expect(try Threshold("p99>20s").verdict(.example(p99: 0, calls: 0, failed: 5)).failed)
    }

    @Test(arguments: ["p99", "p99>", "p99>20", "p98>20ms", "errors>x", "errors>1ms", "rate<", "p99=20ms"])
    func `another text is refused`(text: String) {
        #expect(throws: OptionError.self) { try Threshold(text) }
    }

    @Test(arguments: [
        ("p98>20ms", "did you mean p9"), ("P99>20ms", "did you mean p99?"), ("error>0", "did you mean errors?"),
        ("gap-p98>1s", "did you mean gap-p9"), ("quality>1", "run --help lists"), (">1", "run --help lists"),
    ]) func `a metric that does not exist is told, with the nearest`(text: String, hint: String) {
        #expect { try Threshold(text) } throws: { "\($0)".contains(hint) }
    }

    @Test func `a threshold may be written with spaces`() throws {
        #expect(try Threshold("p99 > 1.5 ms").verdict(.example(p99: 2)).failed)
        #expect(try Threshold("errors >= 0.1 %").verdict(.example(failed: 5)).failed)
    }
}
