import Foundation
import LikenessCommands
import LikenessMessages
import LikenessReflection

/// The files of docs/import-odd-inputs.md, and what is reported of one.
enum OddFiles {
    /// Of a file as the page writes it the bytes.
    static func bytes(_ text: some StringProtocol) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "\\", let sign = rest.popFirst() else {
                bytes += Array(String(character).utf8)
                continue
            }
            switch sign {
            case "n": bytes.append(0x0A)
            case "r": bytes.append(0x0D)
            case "t": bytes.append(0x09)
            case "x":
                bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            default: bytes += Array(String(sign).utf8)
            }
        }
        return bytes
    }

    /// An archive of files, written as "Profile.csv: … ¦ Positions.csv: …".
    static func archive(_ text: String) -> [UInt8] {
        let files = text.components(separatedBy: " ¦ ").map { file in
            let name = file.prefix { $0 != ":" }
            return ZipWriter.File(String(name), Self.bytes(file.dropFirst(name.count + 2)))
        }
        return ZipWriter(files: files).bytes
    }

    /// Archives with something wrong, or only unusual, by what that is.
    static func archive(named name: String) -> [UInt8]? {
        let profile = ZipWriter.File("Profile.csv", Array("First Name,Last Name\nAda,King\n".utf8))
        let positions = ZipWriter.File("Positions.csv", Array("Company Name,Title\nMill,Weaver\n".utf8))
        func zip(_ files: [ZipWriter.File] = [profile, positions], _ change: (inout [UInt8]) -> Void = { _ in })
            -> [UInt8]
        {
            var bytes = ZipWriter(files: files).bytes
            change(&bytes)
            return bytes
        }
        func with(_ file: ZipWriter.File, _ change: (inout ZipWriter.File) -> Void) -> ZipWriter.File {
            var file = file
            change(&file)
            return file
        }
        func named(_ name: String, _ file: ZipWriter.File) -> ZipWriter.File { .init(name, file.contents) }
        switch name {
        case "as it should be": return zip()
        case "cut in half": return zip { $0 = Array($0[..<($0.count / 2)]) }
        case "without its last byte": return zip { $0.removeLast() }
        case "with a comment at its end": return ZipWriter(files: [profile], comment: "Made for Ada").bytes
        case "with bytes after its end": return zip { $0 += [1, 2, 3] }
        case "with a byte of Positions.csv changed":
            return zip { bytes in
                if let place = bytes.indices.first(where: { bytes[$0...].starts(with: Array("Weaver".utf8)) }) {
                    bytes[place] = 0x42
                }
            }
        case "whose Profile.csv says to be longer": return zip([with(profile) { $0.saidBytes = 1_000 }])
        case "whose Positions.csv says to hold 17 MiB":
            return zip([profile, with(positions) { $0.saidBytes = 17 << 20 }])
        case "whose Profile.csv is encrypted": return zip([with(profile) { $0.flags = 1 }])
        case "whose Positions.csv is encrypted": return zip([profile, with(positions) { $0.flags = 1 }])
        case "whose Positions.csv is packed by method 12": return zip([profile, with(positions) { $0.method = 12 }])
        case "whose Positions.csv is no deflate": return zip([profile, with(positions) { $0.method = 8 }])
        case "whose Positions.csv is elsewhere": return zip([profile, with(positions) { $0.saidOffset = 7 }])
        case "whose Positions.csv is beyond its end":
            return zip([profile, with(positions) { $0.saidOffset = 1 << 30 }])
        case "whose directory is elsewhere": return zip { $0[$0.count - 6] ^= 1 }
        case "whose directory counts too many": return zip { for place in [12, 14] { $0[$0.count - place] += 1 } }
        case "of ZIP64": return zip { for place in 3...6 { $0[$0.count - place] = 0xFF } }
        case "that is the second part of two": return zip { $0[$0.count - 18] = 1 }
        case "whose directory counts too few": return zip { for place in [12, 14] { $0[$0.count - place] -= 1 } }
        case "whose Positions.csv is of ZIP64, with its size":
            return zip([profile, with(positions) { $0.isLong = true }])
        case "whose Positions.csv is of ZIP64, without its size":
            return zip([profile, with(positions) { $0.saidBytes = .max }])
        case "of ZIP64 with all that it needs":
            return ZipWriter(files: [with(profile.deflated) { $0.isLong = true }, positions], isLong: true).bytes
        case "of ZIP64 whose end is elsewhere":
            return ZipWriter(files: [profile], isLong: true).bytes.replacingAt(fromEnd: 34, with: 0x7F)
        case "that was written while it was packed":
            return zip([profile, positions].map { file in with(file.deflated) { $0.isStreamed = true } })
        case "that was written while it was packed, with a byte changed":
            return zip([
                profile,
                with(positions.deflated) {
                    $0.isStreamed = true
                    $0.packed?[9] = 0x42
                },
            ])
        case "whose Positions.csv is stored while its size was unknown":
            return zip([profile, with(positions) { $0.isStreamed = true }])
        case "whose Positions.csv has bytes after its end":
            return zip([profile, with(positions.deflated) { $0.packed? += [0, 0] }])
        case "of an Excel workbook": return zip([.init("[Content_Types].xml", []), .init("xl/workbook.xml", [])])
        case "of a Word document": return zip([.init("[Content_Types].xml", []), .init("word/document.xml", [])])
        case "of an OpenDocument text":
            let type = Array("application/vnd.oasis.opendocument.text".utf8)
            return zip([.init("mimetype", type), .init("content.xml", [])])
        case "of an OpenDocument table":
            let type = Array("application/vnd.oasis.opendocument.spreadsheet".utf8)
            return zip([.init("mimetype", type), .init("content.xml", [])])
        case "of an EPUB":
            return zip([.init("mimetype", Array("application/epub+zip".utf8)), .init("META-INF/container.xml", [])])
        case "of a presentation": return zip([.init("[Content_Types].xml", []), .init("ppt/presentation.xml", [])])
        case "of Pages": return zip([.init("Index/Document.iwa", []), .init("preview.jpg", [])])
        case "of old Pages": return zip([.init("index.xml", []), .init("QuickLook/Preview.pdf", [])])
        case "that macOS has packed":
            return zip([
                .init("__MACOSX/._Profile.csv", [0, 5, 22, 7]), .init("._Profile.csv", [0, 5]), profile, positions,
            ])
        case "with two spellings of a file":
            return zip([
                profile, named("Email Addresses.csv", .init("", Array("Email Address\na@x.example\n".utf8))),
                named("EmailAddresses.csv", .init("", Array("Email Address\nb@x.example\n".utf8))),
            ])
        case "of nothing": return zip([])
        case "of folders only": return zip([.init("a/", []), .init("a/b/", [])])
        case "without Profile.csv": return zip([positions, .init("notes.txt", [])])
        case "of 2,001 files": return zip([profile] + (1...2_000).map { .init("f\($0)", []) })
        case "whose files are in a folder":
            return zip([named("Basic_Export/Profile.csv", profile), named("Basic_Export/Positions.csv", positions)])
        case "whose names have backslashes":
            return zip([named("Export\\Profile.csv", profile), named("Export\\Positions.csv", positions)])
        case "whose names lead out of it":
            return zip([named("../../Profile.csv", profile), named("/etc/passwd", positions)])
        case "with Profile.csv in two folders":
            return zip([named("a/b/Profile.csv", .init("", Array("First Name\nBo\n".utf8))), profile])
        case "with Positions.csv twice": return zip([profile, positions, positions])
        case "whose Positions.csv is in another folder": return zip([profile, named("Jobs/Positions.csv", positions)])
        default: return nil
        }
    }

    static func report(_ read: () throws -> ImportFile) -> String {
        do {
            let people = try read().map { item -> String in
                let warnings = (item.strays + ((try? item.resume.get())?.warnings ?? [])).map {
                    $0.path.isEmpty ? "; \($0.message)" : "; \($0.path): \($0.message)"
                }
                let outcome =
                    switch item.resume {
                    case .success(let resume): resume.profile.displayName
                    case .failure(let refusal): "refused: \(refusal)"
                    }
                return "\(item.place.line): \(outcome)\(warnings.joined())"
            }
            return people.isEmpty ? "no person" : people.joined(separator: "<br>").replacing("\n", with: " ")
        } catch {
            return "file: \(error)"
        }
    }
}

extension [UInt8] {
    fileprivate func replacingAt(fromEnd count: Int, with byte: UInt8) -> [UInt8] {
        var bytes = self
        bytes[bytes.count - count] = byte
        return bytes
    }
}
