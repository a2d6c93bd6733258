import Foundation
import LikenessTLS
import Testing

/// Certificates whose files change.
@Suite struct ReloadTests {
    private struct Files {
        let folder: URL
        let authority: CertificateAuthority
        let paths: TLSServerFiles

        init() throws {
            self.folder = FileManager.default.temporaryDirectory.appending(path: "likeness-tls-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
            self.authority = try CertificateAuthority(commonName: "test CA")
            self.paths = TLSServerFiles(
                certificate: self.folder.path + "/server.pem",
                key: self.folder.path + "/server.key",
                clientCA: self.folder.path + "/ca.pem"
            )
            try self.write(self.authority.certificatePEM, to: self.paths.clientCA)
            try self.write(self.issue())
        }

        func issue() throws -> CertificateAuthority.Issued {
            try self.authority.issue(.init(commonName: "server", alternativeNames: ["DNS:localhost"], use: .server))
        }

        func write(_ issued: CertificateAuthority.Issued) throws {
            try self.write(issued.certificatePEM, to: self.paths.certificate)
            try self.write(issued.privateKeyPEM, to: self.paths.key)
        }

        func write(_ text: String, to path: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        }

        func remove() { try? FileManager.default.removeItem(at: self.folder) }
    }

    @Test func `new files count once they have stopped changing`() throws {
        let files = try Files()
        defer { files.remove() }
        let reloader = try TLSReloader(files.paths)
        let first = reloader.source.current
        #expect(try !reloader.reloadIfChanged() && !reloader.reloadIfChanged())
        let issued = try files.issue()
        try files.write(issued.certificatePEM, to: files.paths.certificate)
        #expect(try !reloader.reloadIfChanged(), "the key is the old one still")
        try files.write(issued.privateKeyPEM, to: files.paths.key)
        #expect(try !reloader.reloadIfChanged())
        #expect(try reloader.reloadIfChanged())
        #expect(try !reloader.reloadIfChanged())
        #expect(reloader.source.current.certificate?.fingerprint != first.certificate?.fingerprint)
    }

    @Test func `a link to another folder counts as a change`() throws {
        let files = try Files()
        defer { files.remove() }
        let manager = FileManager.default
        func publish(_ name: String) throws {
            let folder = files.folder.path + "/" + name
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let issued = try files.issue()
            try files.write(issued.certificatePEM, to: folder + "/server.pem")
            try files.write(issued.privateKeyPEM, to: folder + "/server.key")
            let link = files.folder.path + "/data"
            try? manager.removeItem(atPath: link)
            try manager.createSymbolicLink(atPath: link, withDestinationPath: folder)
        }
        try publish("first")
        var paths = files.paths
        paths.certificate = files.folder.path + "/data/server.pem"
        paths.key = files.folder.path + "/data/server.key"
        let reloader = try TLSReloader(paths)
        try publish("second")
        #expect(try !reloader.reloadIfChanged())
        #expect(try reloader.reloadIfChanged())
    }

    @Test func `files that cannot be used change nothing and are named`() throws {
        let files = try Files()
        defer { files.remove() }
        let reloader = try TLSReloader(files.paths)
        let before = reloader.source.current.certificate?.fingerprint
        func expectRefused(_ problem: String) {
            let error = #expect(throws: TLSError.self) { try reloader.reload() }
            #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
            #expect(reloader.source.current.certificate?.fingerprint == before)
        }
        let issued = try files.issue()
        try files.write(issued.certificatePEM, to: files.paths.certificate)
        expectRefused("\(files.paths.key) is not the key of \(files.paths.certificate)")
        try files.write("nonsense", to: files.paths.key)
        expectRefused("\(files.paths.key) cannot be read as a private key")
        try files.write(issued)
        try files.write(issued.privateKeyPEM, to: files.paths.certificate)
        expectRefused("\(files.paths.certificate) is not PEM")
        try files.write(issued)
        try files.write("", to: files.paths.clientCA)
        expectRefused("\(files.paths.clientCA) is not PEM")
        try FileManager.default.removeItem(atPath: files.paths.clientCA)
        expectRefused("\(files.paths.clientCA) cannot be read")
        try files.write(files.authority.certificatePEM, to: files.paths.clientCA)
        try reloader.reload()
        #expect(reloader.source.current.certificate?.fingerprint != before)
    }
}
