internal import LikenessEmbedding
internal import LikenessPostgres

/// Looks at everything that `likenessd serve` needs, changes nothing, and says how to mend what is wrong.
package enum Doctor {
    /// - Parameter load: Reads the configuration.
    package static func examine(_ load: () async throws -> ServerConfiguration) async -> [Finding] {
        let configuration: ServerConfiguration
        do {
            configuration = try await load()
        } catch {
            let problems = (error as? ConfigurationError)?.problems ?? ["\(error)"]
            return problems.map {
                .fail("configuration", $0, mend: "likenessd settings lists every setting with its meaning")
            }
        }
        var findings = [Finding.ok("configuration", "every setting can be read")]
        findings += ConfigurationFiles(configuration).findings()
        findings += MachineExamination(configuration).findings()
        findings += await DatabaseExamination(configuration).findings()
        return findings + [await Self.embedder(configuration.embedding)]
    }

    /// What keeps a configuration from being used, although every setting can be read; empty when nothing does.
    package static func problems(of configuration: ServerConfiguration) async -> [String] {
        var problems: [String] = []
        do { _ = try ServiceInstance.connection(configuration) } catch {
            problems += (error as? ConfigurationError)?.problems ?? ["database.url: \(error)"]
        }
        problems += ConfigurationFiles(configuration).problems
        do { _ = try await Self.models(configuration.embedding) } catch { problems.append("embedding: \(error)") }
        return problems
    }

    /// Loads the models as the service does, and lets go of them.
    ///
    /// - Returns: Their names.
    private static func models(_ configuration: ServerConfiguration.Embedding) async throws -> [String] {
        guard configuration.provider == .inProcess else { return [] }
        let embedders = try await ServiceInstance.embedders(configuration)
        await embedders.shutdown()
        return embedders.modelIDs.sorted()
    }

    private static func embedder(_ configuration: ServerConfiguration.Embedding) async -> Finding {
        do {
            let names = try await Self.models(configuration)
            guard !names.isEmpty else { return .ok("model", "none: callers send vectors") }
            return .ok("model", "\(names.joined(separator: ", ")) can be loaded")
        } catch {
            return .fail(
                "model",
                "\(error)",
                mend:
                    "run scripts/setup --minimal, and let embedding.home name its folder; the account of the service must be able to read it"
            )
        }
    }
}
