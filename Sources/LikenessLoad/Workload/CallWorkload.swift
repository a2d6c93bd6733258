internal import Foundation
package import LikenessClient
internal import LikenessMessages
internal import LikenessReflection
internal import LikenessStatistics

/// Calls of any method that the service declares, with messages from JSON.
package struct CallWorkload: Sendable {
    /// `likeness.v1.SearchService/Query`.
    package var method: String
    /// Templates; requests use them in turn. A method that takes a stream is sent all of them in each call.
    package var messages: [MessageTemplate]
    /// Requests that are made before the run, and sent over and over, when the templates vary.
    package var preparedCount = 256
    package var seed: UInt64 = 1
    /// `nil` for 10 seconds, or for none when the answer is a stream.
    package var timeout: Duration?
    /// Messages that a call of a method that takes a stream sends, the templates in turn; each once if `nil`.
    package var messageCount: Int?
    /// Of a method that streams both ways: send a message only when the one before is answered.
    package var isLockstep = false

    package init(method: String, messages: [MessageTemplate]) {
        self.method = method
        self.messages = messages
    }

    /// The templates of a file: a JSON value a line.
    package static func messages(file: String) throws -> [MessageTemplate] {
        try MessageTemplate.lines(of: file).map { try MessageTemplate($0) }
    }

    /// Encodes the requests by what the service says of its methods.
    package func prepare(client: LikenessClient) async throws -> Workload {
        try self.prepare(pool: try await Self.pool(of: client))
    }

    func prepare(pool: DescriptorPool) throws -> Workload {
        let parts = self.method.split(separator: "/").map(String.init)
        guard parts.count == 2, let service = pool.service(parts[0]), let method = service.method(named: parts[1])
        else {
            let all = pool.allServices.flatMap { $0.methods.map(\.fullName) }
            let hint = Suggestion.question(for: self.method, in: all)
            throw OptionError("--call \(self.method): the service declares no such method\(hint)")
        }
        guard let type = pool.message(method.input) else {
            throw OptionError("--call \(self.method): the service does not describe \(method.input)")
        }
        guard method.clientStreams || self.messageCount == nil else {
            throw OptionError("--messages: \(method.name) takes one message, not a stream")
        }
        guard method.clientStreams && method.serverStreams || !self.isLockstep else {
            throw OptionError("--lockstep: \(method.name) does not stream both ways")
        }
        let timeout = self.timeout ?? (method.serverStreams ? nil : .seconds(10))
        let templates = try self.messages.isEmpty ? [MessageTemplate("{}")] : self.messages
        let transcoder = JSONTranscoder(pool: pool)
        var random = SplitMix64(seed: self.seed)
        func encode(_ template: MessageTemplate, _ index: Int) throws -> [UInt8] {
            do {
                return try transcoder.bytes(ofJSON: Array(template.text(index: index, random: &random).utf8), as: type)
            } catch {
                throw OptionError("--data is not a \(type.fullName): \(error)")
            }
        }
        let varies = templates.contains(where: \.varies)
        var requests: [PreparedRequest] = []
        if method.clientStreams {
            for index in 0..<(varies ? self.preparedCount : 1) {
                let messages = try templates.map { try encode($0, index) }
                requests.append(
                    .init(
                        method: self.method,
                        messages: messages,
                        streamsRequests: true,
                        streamsAnswers: method.serverStreams,
                        messageCount: self.messageCount,
                        isLockstep: self.isLockstep,
                        timeout: timeout
                    )
                )
            }
        } else {
            for index in 0..<max(varies ? self.preparedCount : 1, templates.count) {
                let message = try encode(templates[index % templates.count], index)
                requests.append(
                    .init(
                        method: self.method,
                        messages: [message],
                        streamsAnswers: method.serverStreams,
                        timeout: timeout
                    )
                )
            }
        }
        return Workload([.init(name: method.name, weight: 1, requests: requests)])
    }

    /// What the service declares; what this program was built with if the service does not say.
    private static func pool(of client: LikenessClient) async throws -> DescriptorPool {
        let reflection = ReflectionServiceClient(caller: client.caller)
        do {
            let answer = try await reflection.getDescriptorSet(.init(), options: CallOptions(timeout: .seconds(30)))
            return try DescriptorPool(fileDescriptorSets: [answer.fileDescriptorSet])
        } catch let error as LikenessError where error.code == .unimplemented || error.code == .permissionDenied {
            return try DescriptorPool(fileDescriptorSets: [Contract.fileDescriptorSet])
        }
    }
}
