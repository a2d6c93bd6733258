import LikenessMessages
import LikenessPostgres
import Testing

@testable import LikenessRepository

/// What a build of a vector index is given, and how long it is said to take.
@Suite struct BuildResourcesTests {
    private static func build(_ method: IndexMethod = .hnsw, rows: Int) throws -> IndexBuild {
        let space = try EmbeddingSpaceInfo.sample(method)
        return try IndexBuild(ReindexRequest(method: method), space: space, rows: rows)
    }

    private static func machine(gib: Int, available: Int, cores: Int, shared: Int? = nil) -> MachineResources {
        MachineResources(
            memoryBytes: gib << 30,
            memoryAvailableBytes: available << 30,
            cores: cores,
            sharedMemoryAvailableBytes: shared.map { $0 << 20 }
        )
    }

    private static func resources(
        _ build: IndexBuild,
        setting: Int? = nil,
        machine: MachineResources? = nil,
        parallel: Bool = true
    ) -> BuildResources {
        BuildResources(for: build, settingMiB: setting, machine: machine, canBeParallel: parallel)
    }

    @Test func `a build gets what it needs where the machine can spare it, and its cores but one as workers`() throws {
        let build = try Self.build(rows: 883_000)
        #expect((1_400...1_700).contains(build.neededMemoryMiB))
        let given = Self.resources(build, machine: Self.machine(gib: 24, available: 20, cores: 8))
        #expect(given.memoryMiB == build.neededMemoryMiB && given.workers == 7 && given.decider == .machine)
        #expect(given.rowsThatFit(of: build, ownMiB: 64) == nil)
    }

    @Test func `an eighth of the machine's memory is left to others, and how much fits is known`() throws {
        let build = try Self.build(rows: 10_000_000)
        let given = Self.resources(build, machine: Self.machine(gib: 16, available: 6, cores: 1))
        #expect(given.memoryMiB == 4 * 1_024 && given.workers == 0)
        let fitting = try #require(given.rowsThatFit(of: build, ownMiB: 64))
        #expect((2_000_000...3_000_000).contains(fitting))
        // Never less than PostgreSQL's own least, however little is left.
        #expect(Self.resources(build, machine: Self.machine(gib: 1, available: 0, cores: 1)).memoryMiB == 64)
    }

    @Test func `a database elsewhere keeps its settings, but for IVFFlat, which would fail`() throws {
        let graph = Self.resources(try Self.build(rows: 1_000_000))
        #expect(graph.memoryMiB == nil && graph.workers == nil && graph.decider == .database)
        let lists = try Self.build(.ivfflat, rows: 1_000_000)
        #expect(Self.resources(lists).memoryMiB == min(lists.neededMemoryMiB, 1_024))
        let fitting = try #require(graph.rowsThatFit(of: try Self.build(rows: 1_000_000), ownMiB: 64))
        #expect((30_000...60_000).contains(fitting))
    }

    @Test func `a configured bound holds wherever the database is`() throws {
        let build = try Self.build(rows: 1_000_000)
        for machine in [nil, Self.machine(gib: 24, available: 20, cores: 4)] {
            let given = Self.resources(build, setting: 200, machine: machine)
            #expect(given.memoryMiB == 200 && given.decider == .setting)
        }
        #expect(Self.resources(build, setting: 100_000).memoryMiB == build.neededMemoryMiB)
    }

    @Test func `workers need a safe version, and for a graph shared memory that holds it`() throws {
        let graph = try Self.build(rows: 1_000_000)
        let small = Self.machine(gib: 24, available: 20, cores: 8, shared: 64)
        #expect(Self.resources(graph, machine: small).workers == 0)
        #expect(Self.resources(try Self.build(.ivfflat, rows: 1_000_000), machine: small).workers == 7)
        let large = Self.machine(gib: 24, available: 20, cores: 8, shared: 8_192)
        #expect(Self.resources(graph, machine: large).workers == 7)
        #expect(Self.resources(graph, machine: large, parallel: false).workers == 0)
        #expect(Self.resources(graph, machine: Self.machine(gib: 512, available: 500, cores: 64)).workers == 15)
    }

    // MARK: The time left

    @Test func `the time left follows the pace of the later half`() {
        var pace = BuildPace()
        let start = ContinuousClock.now
        #expect(pace.progressed(to: 0, of: 1_000, at: start) == nil)
        // 100 a second, then 10 a second.
        var left: Duration?
        for second in 0...4 { left = pace.progressed(to: 1 + second * 100, of: 1_000, at: start + .seconds(second)) }
        #expect(left.map { (5.5...6.5).contains($0 / .seconds(1)) } == true)
        for second in 1...45 {
            left = pace.progressed(to: 401 + second * 10, of: 1_000, at: start + .seconds(4 + second))
        }
        // 149 are left, at 10 a second.
        #expect(left.map { (13.0...16.0).contains($0 / .seconds(1)) } == true)
        // Another phase counts from the start again.
        #expect(pace.progressed(to: 1, of: 1_000, at: start + .seconds(60)) == nil)
    }

    @Test func `a long build is followed with few samples and stays right`() {
        var pace = BuildPace()
        let start = ContinuousClock.now
        for step in 1...20_000 {
            let left = pace.progressed(to: step * 50, of: 1_000_000, at: start + .milliseconds(step * 200))
            guard step > 10 else { continue }
            let expected = Double(1_000_000 - step * 50) / 250
            #expect(left.map { abs($0 / .seconds(1) - expected) < 1 + expected / 100 } == true)
        }
    }
}
