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
    package static func problems(of configuration: ServerConfiguration) -> [String] {
        var problems: [String] = []
        do { _ = try ServiceInstance.connection(configuration) } catch {
            problems += (error as? ConfigurationError)?.problems ?? ["database.url: \(error)"]
        }
        return problems + ConfigurationFiles(configuration).problems
    }

    /// Loads the model as the service does.
    private static func embedder(_ configuration: ServerConfiguration.Embedding) async -> Finding {
        guard configuration.provider == .inProcess else { return .ok("model", "none: callers send vectors") }
        do {
            let embedders = try await ServiceInstance.embedders(configuration)
            let names = embedders.modelIDs.joined(separator: ", ")
            await embedders.shutdown()
            return .ok("model", "\(names) can be loaded")
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
