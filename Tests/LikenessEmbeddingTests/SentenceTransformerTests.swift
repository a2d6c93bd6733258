import Testing

@testable import LikenessEmbedding

@Suite(.enabled(if: InstalledModel.isWanted, InstalledModel.reason))
struct `The real model` {
    private func cosine(_ first: [Float], _ second: [Float]) -> Float {
        let product = zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
        return product / (self.norm(first) * self.norm(second))
    }

    private func norm(_ vector: [Float]) -> Float { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    @Test func `vectors are those of the original network in full precision`() async throws {
        let model = try await SentenceTransformer.load(home: InstalledModel.home)
        #expect(model.dimension == 384)
        #expect(model.modelID == "all-MiniLM-L6-v2-int8@1.0.0")
        for line in try Golden.vectors() {
            let vector = try await model.embed(line.text, deadline: nil)
            // Eight-bit weights and activations: 0.9974 for the worst of the texts, 0.9952 for no text at all.
            #expect(self.cosine(vector, line.vector) > (line.text.isEmpty ? 0.994 : 0.996), "\(line.text.prefix(40))")
            #expect(abs(self.norm(vector) - 1) < 1e-4)
        }
        await model.shutdown()
    }

    @Test func `bold letters and letters of full width are letters`() async throws {
        let model = try await SentenceTransformer.load(home: InstalledModel.home)
        let plain = try await model.embed("Product Manager at a bank", deadline: nil)
        for text in ["𝗣𝗿𝗼𝗱𝘂𝗰𝘁 𝗠𝗮𝗻𝗮𝗴𝗲𝗿 at a bank", "Ｐｒｏｄｕｃｔ Ｍａｎａｇｅｒ at a bank"] {
            #expect(try await model.embed(text, deadline: nil) == plain, "\(text)")
            #expect(model.parts(of: text, countMax: 2).texts == ["Product Manager at a bank"])
        }
        await model.shutdown()
    }

    @Test func `a text has the same vector alone, in a batch, and beside longer ones`() async throws {
        let uncached = SentenceTransformer.Configuration(threadCount: 2, cacheBytesMax: 0)
        let model = try await SentenceTransformer.load(home: InstalledModel.home, configuration: uncached)
        let texts = try Golden.vectors().map(\.text)
        let session = try OpenVINOSession(
            model: OpenVINOModel(
                library: OpenVINOLibrary(path: InstalledModel.home.library),
                path: InstalledModel.home.model,
                threadCount: 1
            ),
            dimension: 384
        )
        let tokenizer = try InstalledModel.tokenizer()
        let padded = try session.infer(texts.map { tokenizer.tokens(of: $0) })

        let together = try await model.embed(texts, priority: .background, deadline: nil)
        #expect(together.count == texts.count)
        for (index, text) in texts.enumerated() {
            let alone = try await model.embed(text, deadline: nil)
            #expect(self.cosine(alone, together[index]) > 0.99999)
            #expect(self.cosine(alone, padded[index]) > 0.9999, "padded: \(text.prefix(40))")
        }
        await model.shutdown()
    }

    @Test func `meaning decides what is near`() async throws {
        let model = try await SentenceTransformer.load(home: InstalledModel.home)
        let query = try await model.embed("sending messages through the air without wires", deadline: nil)
        let near = try await model.embed("He developed wireless telegraphy.", deadline: nil)
        let far = try await model.embed("She wrote novels about rural life in Norway.", deadline: nil)
        #expect(self.cosine(query, near) > self.cosine(query, far) + 0.2)
        await model.shutdown()
    }

    @Test func `a text over the limit is bad input`() async throws {
        let model = try await SentenceTransformer.load(home: InstalledModel.home)
        let text = String(repeating: "a", count: SentenceTransformer.textBytesMax + 1)
        await #expect(throws: EmbeddingError.badInput("it has 1048577 bytes, at most 1048576 are taken")) {
            try await model.embed(["ok", text], priority: .interactive, deadline: nil)
        }
        await model.shutdown()
    }
}
