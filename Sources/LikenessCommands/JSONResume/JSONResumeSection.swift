internal import LikenessMessages
internal import LikenessReflection

/// One list of a résumé whose items are experiences, and which property means what there.
struct JSONResumeSection: Sendable {
    /// The names of the list.
    let names: [String]
    let category: ExperienceCategory
    let title: [String]
    let organization: [String]
    var location: [String] = []
    /// Whether the items have a beginning; those without have one date, their end.
    var hasStart = true
    var date: [String] = []
    var description: [String] = ["summary", "description"]
    var highlights: [String] = []

    static let all: [JSONResumeSection] = [
        .init(
            names: [
                "work", "experience", "experiences", "workexperience", "workexperiences", "workexperiencelist",
                "employment", "employments", "employmenthistory", "workhistory", "jobs", "positions", "positionhistory",
                "career", "careerhistory", "professionalexperience", "professionalexperiences", "hasoccupation",
                "worksfor", "workexplist",
            ],
            category: .work,
            title: ["position", "title", "jobtitle", "role", "positiontitle", "occupation", "designation", "job"],
            organization: [
                "name", "company", "companyname", "employer", "employername", "employerorgname", "organization",
                "organisation", "org", "institution", "business", "client",
            ],
            location: ["location", "joblocation", "city", "place", "address"],
            description: [
                "summary", "description", "desc", "jobdescription", "workdesc", "details", "text", "about", "notes",
                "activities",
            ],
            highlights: [
                "highlights", "achievements", "accomplishments", "keyachievements", "bullets", "responsibilities",
                "duties", "tasks", "points",
            ]
        ),
        .init(
            names: ["volunteer", "volunteering", "volunteerwork", "volunteerexperience", "service", "community"],
            category: .volunteer,
            title: ["position", "role", "title"],
            organization: ["organization", "organisation", "name", "company"],
            location: ["location", "city", "place"],
            highlights: ["highlights", "achievements"]
        ),
        .init(
            names: [
                "education", "educations", "educationlist", "educationhistory", "studies", "schools", "academics",
                "academicbackground", "alumniof",
            ],
            category: .education,
            title: [
                "area", "fieldofstudy", "field", "studyarea", "major", "subject", "program", "title", "qualification",
            ],
            organization: [
                "institution", "school", "schoolname", "university", "college", "organization", "organisation",
                "name", "provider",
            ],
            location: ["location", "city", "place"],
            description: [
                "studytype", "degree", "degreename", "degreetype", "academicdegree", "accreditation", "summary",
                "description",
                "notes", "activities",
            ],
            highlights: ["courses", "coursework", "highlights"]
        ),
        .init(
            names: ["projects", "project", "projectlist", "portfolio", "sideprojects"],
            category: .project,
            title: ["name", "title", "project", "projectname"],
            organization: ["entity", "organization", "company", "client"],
            description: ["description", "summary", "desc", "projectdesc", "projectcontent", "details"],
            highlights: ["highlights", "achievements"]
        ),
        .init(
            names: ["awards", "award", "awardlist", "honors", "honours", "honorsandawards", "recognition", "prizes"],
            category: .award,
            title: ["title", "name", "award", "awardinfo"],
            organization: ["awarder", "issuer", "organization", "issuedby", "from", "by"],
            hasStart: false,
            date: ["date", "year", "issuedate", "issuedon", "awardedon", "awardtime"]
        ),
        .init(
            names: ["publications", "publication", "papers", "articles", "writing", "books"],
            category: .publication,
            title: ["name", "title"],
            organization: ["publisher", "journal", "venue", "publication"],
            hasStart: false,
            date: ["releasedate", "date", "year", "publishedon", "publisheddate", "publicationdate"]
        ),
        .init(
            names: [
                "certificates", "certifications", "certification", "certs", "licenses", "licences",
                "licensesandcertifications", "accreditations",
            ],
            category: .certificate,
            title: ["name", "title", "certificate", "certification"],
            organization: ["issuer", "authority", "organization", "provider", "issuedby"],
            hasStart: false,
            date: ["date", "issuedate", "issuedon", "startdate", "startedon", "startsat", "year"],
            description: ["xsummary", "summary", "description"]
        ),
    ]
}
