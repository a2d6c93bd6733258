/// The names that people and programs give to the parts of a résumé, folded as `ResumeScope` compares them. The name of
/// JSON Resume 1.0 comes first.
enum ResumeVocabulary {
    // What a person is.
    static let name = [
        "name", "fullname", "displayname", "formattedname", "personname", "candidatename", "completename",
    ]
    static let givenName = ["firstname", "givenname", "givennames", "forename", "first", "given", "vorname", "prenom"]
    static let middleName = ["middlename", "middle", "additionalname"]
    static let familyName = ["lastname", "familyname", "surname", "last", "family", "nachname", "nom", "patronym"]
    static let label = [
        "label", "headline", "jobtitle", "title", "occupation", "tagline", "currentposition",
        "professionaltitle", "positiontitle", "designation", "position", "role",
    ]
    static let summary = [
        "summary", "about", "aboutme", "bio", "biography", "objective", "description", "brief",
        "professionalsummary", "executivesummary", "profilesummary", "careersummary", "profile", "introduction",
        "intro",
    ]
    static let location = [
        "location", "address", "residence", "city", "place", "basedin", "currentlocation", "geolocationname",
        "geolocation",
        "locationname", "hometown",
    ]

    /// Parts of a place: city, region, country, code of the country.
    static let places = [
        ["city", "locality", "addresslocality", "municipality", "town"],
        ["region", "state", "province", "addressregion", "statecode"],
        ["country", "addresscountry", "countryname"],
        ["countrycode"],
    ]

    /// Objects about the person.
    static let persons = [
        "basics", "basic", "basicinfo", "personal", "personalinfo", "personalinformation",
        "personaldetails", "person", "info", "header", "contact", "contactinfo", "contactinformation", "contactdetails",
        "profile", "identification", "about", "candidate",
    ]
    /// Those of them that are within others.
    static let contacts = ["contact", "contactinfo", "contactinformation", "contactdetails"]
    /// Objects that hold the whole résumé.
    static let wrappers = [
        "resume", "cv", "curriculumvitae", "jsonresume", "data", "candidate", "document", "result",
        "structuredxmlresume", "skillspassport", "learnerinfo", "sections", "person", "employee", "user", "content",
        "payload", "attributes", "node", "resumedata", "parsedresume", "profile",
    ]
    /// Lists of people.
    static let people = [
        "people", "persons", "candidates", "resumes", "cvs", "employees", "users", "profiles", "items",
        "results", "records", "data", "value", "values", "elements", "rows", "docs", "documents", "list",
    ]
    /// Objects that hold a list instead of being it.
    static let lists = [
        "values", "history", "items", "list", "entries", "elements", "data", "sets", "records", "all",
        "employerorg", "schoolorinstitution", "competency", "workexperience", "education",
    ]

    // Who a person is.
    static let canonical = ["canonical"]
    /// In `meta`.
    static let externalIDs = ["externalids"]
    static let externalID = [
        "id", "$id", "@id", "uuid", "guid", "externalid", "candidateid", "employeeid", "personid",
        "userid", "profileid", "resumeid", "publicidentifier", "identifier",
    ]
    static let email = ["email", "emails", "emailaddress", "emailaddresses", "mail", "primaryemail"]
    static let url = [
        "url", "website", "publicprofileurl", "profileurl", "homepage", "linkedin", "linkedinurl", "link",
    ]

    // What a person knows.
    static let skills = [
        "skills", "skill", "technologies", "techstack", "competencies", "expertise", "technicalskills",
        "knowsabout", "coreskills", "skillset", "skilllist",
    ]
    static let skillName = [
        "name", "skill", "skillname", "title", "label", "category", "group", "type", "area", "field",
    ]
    static let skillLevel = ["level", "skilllevel", "proficiency", "rating", "fluency"]
    static let skillKeywords = ["keywords", "skills", "items", "item", "tags", "list", "details", "technologies"]
    static let languages = ["languages", "language", "spokenlanguages", "languageskills", "knowslanguage"]
    static let languageName = ["language", "name", "title"]
    static let languageLevel = ["fluency", "level", "proficiency", "proficiencylevel"]

    // What a person did.
    static let start = [
        "startdate", "start", "from", "begin", "begindate", "startedon", "startsat", "datefrom", "fromdate",
        "startyear", "datestart", "since", "starttime", "beginning",
    ]
    static let end = [
        "enddate", "end", "to", "until", "finishedon", "endedon", "endsat", "dateto", "todate", "endyear",
        "dateend", "finishdate", "finish", "endtime", "till", "graduationdate", "graduationyear", "completiondate",
        "completedon",
    ]
    static let range = [
        "dates", "date", "period", "daterange", "timeperiod", "duration", "years", "time",
        "employmentperiod", "when", "worktime", "edutime", "projecttime", "awardtime",
    ]

    /// Names that tell one item from an object of items, each under a name of its own.
    static let ofOneItem = Set(["position", "company", "organization"] + start + end + range)

    /// Whether a member beside a list is of the list's heading, or has no field of its own.
    static func isOfHeading(_ name: String) -> Bool {
        let folded = ResumeScope.folded(name)
        return ["name", "title", "columns", "visible", "hidden", "separatelinks"].contains(folded)
            || self.isKeptUnread(name, folded: folded)
    }

    /// Properties that have no field of their own: kept in attributes, and nothing to report.
    static func isKeptUnread(_ name: String, folded: String) -> Bool {
        // Extensions of JSON Resume, and what databases and JSON-LD add.
        let isMarked = name.first.map { "_$@#".contains($0) } ?? true
        return isMarked || name.lowercased().hasPrefix("x-") || self.keptUnread.contains(folded)
    }

    /// Those of them that say nothing of a person: configurations, packages and tables have them too.
    static let ofAnything: Set<String> = [
        "version", "keywords", "meta", "lastmodified", "$schema", "schema", "theme", "type", "@type", "@context",
        "createdat",
        "updatedat", "locale",
    ]

    static let keptUnread: Set<String> = Set(
        [
            "phone", "phones", "phonenumber", "telephone", "mobile", "fax", "picture", "image", "photo", "avatar",
            "profiles",
            "social", "links", "postalcode", "addressline", "zip", "zipcode", "street", "streetaddress", "address",
            "countrycode",
            "country",
            "score", "gpa", "keywords", "interests", "hobbies", "references", "reference", "meta", "version",
            "lastmodified",
            "$schema", "schema", "theme", "type", "@type", "@context", "roles", "entity", "network", "username", "icon",
            "studytype", "createdat", "updatedat", "locale", "iscurrent", "current", "gender", "birthdate",
            "dateofbirth", "nationality",
        ]
    ).union(email).union(url).union(externalID).union(canonical)
}
