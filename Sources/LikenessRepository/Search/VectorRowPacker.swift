internal import CLikenessMessages
internal import LikenessMessages
internal import LikenessPostgres

/// Packs rows of `SearchStatements.vector` as hits of a `QueryResponse`, straight from where libpq keeps them.
///
/// Ten hits as Swift values took half of the instructions of a search (`docs/performance-log.md`), nearly all of them to
/// make, count and free texts. Here C structs point at libpq's memory, are packed, and point at the next row's.
@safe struct VectorRowPacker: ~Copyable {
    /// What is read of every row.
    static let columns = HitColumn.allCases.prefix { $0 != .passage }.map(\.type)

    /// The hits so far, each behind the tag and the length of the field `hits`.
    private(set) var bytes: [UInt8] = []

    // SAFETY: all of this lies in the arena, which goes with the packer; texts of a row are used only until `add` ends.
    private let arena = EncodingArena()
    private let hit: UnsafeMutablePointer<Likeness__V1__Hit>
    private let profile: UnsafeMutablePointer<Likeness__V1__ProfileSummary>
    private let updateTime: UnsafeMutablePointer<Google__Protobuf__Timestamp>
    private let section: UnsafeMutablePointer<Likeness__V1__SectionMatch>
    private let evidence: UnsafeMutablePointer<Likeness__V1__Evidence>
    private let highlight: UnsafeMutablePointer<Likeness__V1__Highlight>
    private let sectionID: UnsafeMutablePointer<CChar>
    private var packed: UnsafeMutablePointer<UInt8>
    private var packedCapacity = 2_048
    private let relevance: RelevanceTable?

    /// - Parameter relevance: By which the hits have theirs; without, they have none.
    init(relevance: RelevanceTable? = nil) {
        self.relevance = relevance
        unsafe self.hit = Self.allocate(self.arena)
        unsafe self.profile = Self.allocate(self.arena)
        unsafe self.updateTime = Self.allocate(self.arena)
        unsafe self.section = Self.allocate(self.arena)
        unsafe self.evidence = Self.allocate(self.arena)
        unsafe self.highlight = Self.allocate(self.arena)
        unsafe self.sectionID = Self.allocate(self.arena, count: UUIDText.byteCount + 1)
        unsafe self.packed = Self.allocate(self.arena, count: self.packedCapacity)
        unsafe likeness__v1__hit__init(self.hit)
        unsafe likeness__v1__profile_summary__init(self.profile)
        unsafe google__protobuf__timestamp__init(self.updateTime)
        unsafe likeness__v1__section_match__init(self.section)
        unsafe likeness__v1__evidence__init(self.evidence)
        unsafe likeness__v1__highlight__init(self.highlight)

        unsafe self.profile.pointee.id = Self.allocate(self.arena, count: UUIDText.byteCount + 1)
        unsafe self.profile.pointee.update_time = self.updateTime
        unsafe self.evidence.pointee.branch = LIKENESS__V1__BRANCH__BRANCH_VECTOR
        unsafe self.evidence.pointee.section = self.section
        unsafe self.hit.pointee.profile = self.profile
        unsafe self.hit.pointee.section = self.section
        unsafe self.hit.pointee.n_evidence = 1
        unsafe self.hit.pointee.evidence = Self.list(of: self.evidence, self.arena)
        unsafe self.hit.pointee.highlights = Self.list(of: self.highlight, self.arena)
        self.bytes.reserveCapacity(8_192)
    }

    /// Sections that were looked at, and the similarity of the last of them.
    static func horizon(_ result: borrowing QueryResult) throws(DatabaseError) -> (sections: Int, similarity: Double) {
        (Int(try result.int8(0, HitColumn.examined.rawValue)), try result.float8(0, HitColumn.horizon.rawValue))
    }

    static func similarity(_ result: borrowing QueryResult, row: Int) throws(DatabaseError) -> Double {
        try result.float8(row, HitColumn.score.rawValue)
    }

    /// - Parameter rank: 1 is the best.
    mutating func add(
        _ result: borrowing QueryResult,
        row: Int,
        rank: Int,
        withPassages: Bool
    ) throws(DatabaseError) {
        unsafe UUIDText.write(try result.uuidBytes(row, HitColumn.id.rawValue), to: self.profile.pointee.id)
        var textBytes = 0
        unsafe self.profile.pointee.slug = Self.text(result, row, .slug, &textBytes)
        unsafe self.profile.pointee.display_name = Self.text(result, row, .displayName, &textBytes)
        unsafe self.profile.pointee.headline = Self.text(result, row, .headline, &textBytes)
        unsafe self.profile.pointee.location = Self.text(result, row, .location, &textBytes)
        unsafe self.profile.pointee.revision = try result.int8(row, HitColumn.revision.rawValue)
        let updateTime = PostgresTimestamp(microseconds: try result.int8(row, HitColumn.updateTime.rawValue))
        unsafe self.updateTime.pointee.seconds = updateTime.unixSeconds
        unsafe self.updateTime.pointee.nanos = updateTime.nanoseconds
        let similarity = try Self.similarity(result, row: row)
        unsafe self.hit.pointee.score = similarity
        unsafe self.hit.pointee.relevance = self.relevance?.relevance(of: similarity) ?? 0
        unsafe self.evidence.pointee.raw_score = similarity
        unsafe self.evidence.pointee.rank = Int32(rank)
        let kind = SectionKind(rawValue: Int32(try result.int2(row, HitColumn.kind.rawValue)))
        try self.setSection(kind, result, row, &textBytes)
        if withPassages { self.setPassage(kind, result, row, &textBytes) }
        self.pack(byteCountMax: textBytes + Self.otherBytesMax)
    }

    /// Tags, lengths and numbers of one hit take less, its ids included.
    private static let otherBytesMax = 512

    private mutating func setSection(
        _ kind: SectionKind,
        _ result: borrowing QueryResult,
        _ row: Int,
        _ textBytes: inout Int
    ) throws(DatabaseError) {
        unsafe self.section.pointee.kind = Likeness__V1__SectionKind(rawValue: UInt32(bitPattern: kind.rawValue))
        guard kind == .experience else {
            // Their id is the profile's.
            unsafe self.section.pointee.id = self.profile.pointee.id
            unsafe self.section.pointee.title = Self.constant(kind == .summary ? "Summary" : "Skills")
            return
        }
        unsafe UUIDText.write(try result.uuidBytes(row, HitColumn.section.rawValue), to: self.sectionID)
        unsafe self.section.pointee.id = unsafe self.sectionID
        let (title, titleBytes) = unsafe result.text(row, HitColumn.title.rawValue)
        let (organization, organizationBytes) = unsafe result.text(row, HitColumn.organization.rawValue)
        // In the section and in the evidence.
        textBytes += 2 * (titleBytes + organizationBytes + 2)
        if organizationBytes == 0 {
            unsafe self.section.pointee.title = title
        } else if titleBytes == 0 {
            unsafe self.section.pointee.title = organization
        } else if let title = unsafe title, let organization = unsafe organization {
            let both: UnsafeMutablePointer<CChar> = unsafe Self.allocate(
                self.arena,
                count: titleBytes + organizationBytes + 3
            )
            unsafe both.update(from: title, count: titleBytes)
            unsafe both[titleBytes] = CChar(UInt8(ascii: ","))
            unsafe both[titleBytes + 1] = CChar(UInt8(ascii: " "))
            // With its NUL.
            unsafe (both + titleBytes + 2).update(from: organization, count: organizationBytes + 1)
            unsafe self.section.pointee.title = both
        }
    }

    /// The first of two fields that has any text.
    private mutating func setPassage(
        _ kind: SectionKind,
        _ result: borrowing QueryResult,
        _ row: Int,
        _ textBytes: inout Int
    ) {
        let fields = SectionFields(of: kind)
        var (text, byteCount) = unsafe result.text(row, HitColumn.passage.rawValue)
        var field = fields.long
        if byteCount == 0 {
            unsafe (text, byteCount) = unsafe result.text(row, HitColumn.otherPassage.rawValue)
            field = fields.other
        }
        textBytes += byteCount
        unsafe self.hit.pointee.n_highlights = byteCount == 0 ? 0 : 1
        unsafe self.highlight.pointee.field = Self.constant(field)
        unsafe self.highlight.pointee.text = text
    }

    private mutating func pack(byteCountMax: Int) {
        if byteCountMax > self.packedCapacity {
            unsafe self.packed = Self.allocate(self.arena, count: byteCountMax)
            self.packedCapacity = byteCountMax
        }
        let byteCount = unsafe self.hit.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { message in
            unsafe protobuf_c_message_pack(message, self.packed)
        }
        precondition(byteCount <= byteCountMax, "a hit is larger than its parts")
        self.bytes.append(Self.hitsTag)
        var rest = byteCount
        while rest > 0x7F {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
        unsafe self.bytes.append(contentsOf: UnsafeBufferPointer(start: self.packed, count: byteCount))
    }

    /// Field 1 of `QueryResponse`, of wire type 2: bytes behind their length.
    private static let hitsTag: UInt8 = 1 << 3 | 2

    // MARK: Memory

    private static func allocate<Value>(_ arena: EncodingArena, count: Int = 1) -> UnsafeMutablePointer<Value> {
        unsafe arena.allocate(byteCount: count * MemoryLayout<Value>.stride)
            .bindMemory(to: Value.self, capacity: count)
    }

    private static func list<Value>(
        of only: UnsafeMutablePointer<Value>,
        _ arena: EncodingArena
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Value>?> {
        let list: UnsafeMutablePointer<UnsafeMutablePointer<Value>?> = unsafe self.allocate(arena)
        unsafe list.initialize(to: only)
        return unsafe list
    }

    private static func text(
        _ result: borrowing QueryResult,
        _ row: Int,
        _ column: HitColumn,
        _ textBytes: inout Int
    ) -> UnsafeMutablePointer<CChar>? {
        let (start, byteCount) = unsafe result.text(row, column.rawValue)
        textBytes += byteCount
        return unsafe start
    }

    /// SAFETY: protobuf-c only reads the texts of a message that it packs.
    private static func constant(_ text: StaticString) -> UnsafeMutablePointer<CChar> {
        unsafe UnsafeMutableRawPointer(mutating: text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
