internal import Foundation
internal import LikenessPostgres

/// What the machine gives to a service with this configuration.
struct MachineExamination {
    private let configuration: ServerConfiguration
    private let resources: MachineResources?
    private let descriptorsMax: Int?

    init(_ configuration: ServerConfiguration) {
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        self.init(
            configuration,
            resources: MachineResources.read(),
            descriptorsMax: isKnown ? Int(clamping: limit.rlim_cur) : nil
        )
    }

    init(_ configuration: ServerConfiguration, resources: MachineResources?, descriptorsMax: Int?) {
        self.configuration = configuration
        self.resources = resources
        self.descriptorsMax = descriptorsMax
    }

    func findings() -> [Finding] {
        [self.descriptors, self.memory]
            + [self.configuration.tls.keyLogFile].compactMap(\.self).map { file in
                Self.disk("disk", URL(filePath: file).deletingLastPathComponent().path)
            }
    }

    /// Beside those of connections: the model, libraries, the operations port, event loops.
    private static let descriptorsBeside = 128

    private var descriptors: Finding {
        let needed =
            self.configuration.rpc.connectionsMax + self.configuration.database.connectionsMax + Self.descriptorsBeside
        guard let most = self.descriptorsMax else { return .ok("descriptors", "the limit is not known") }
        guard most < needed else { return .ok("descriptors", "\(most) may be open, \(needed) are needed at most") }
        return .warn(
            "descriptors",
            "\(most) may be open, and rpc.connections_max and database.max_connections need \(needed)",
            mend: "LimitNOFILE=65536 in the unit (ulimit -n in a shell), or a smaller rpc.connections_max"
        )
    }

    /// The model and a thousand connections have room in it.
    private static let memoryNeededMiB = 512

    private var memory: Finding {
        guard let resources else { return .ok("memory", "not known") }
        let (available, all) = (resources.memoryAvailableBytes >> 20, resources.memoryBytes >> 20)
        let text = "\(available) MiB of \(all) MiB can be had, \(resources.cores) cores"
        guard available < Self.memoryNeededMiB else { return .ok("memory", text) }
        return .warn(
            "memory",
            text,
            mend:
                "\(Self.memoryNeededMiB) MiB leave room for the model and answers; stop something else, or raise the limit of the control group"
        )
    }

    private static let diskLeastBytes = 1 << 30
    private static let diskFewBytes = 128 << 20

    /// Room on the disk of a folder.
    static func disk(_ check: String, _ folder: String) -> Finding {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            return .warn(
                check,
                "\(folder): \(String(cString: strerror(errno)))",
                mend: "make the folder, or let the account look into it"
            )
        }
        let left = Int(status.f_bavail) * Int(status.f_frsize)
        let all = max(1, Int(status.f_blocks) * Int(status.f_frsize))
        let text = "\(folder): \(left >> 20) MiB of \(all >> 20) MiB are free"
        let remedy = "make room, or move it to a larger disk: a full one makes all writes fail"
        if left < Self.diskFewBytes { return .fail(check, text, mend: remedy) }
        return left < Self.diskLeastBytes || left < all / 20 ? .warn(check, text, mend: remedy) : .ok(check, text)
    }
}
