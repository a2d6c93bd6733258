/// English: how people write about their work, and what they do in each field.
enum EnglishVocabulary {
    static let text = """
        == all
        headline: {=title} | {=title} | {=title}, {=skill} | {=title} at {=organization} | {=title} with a weakness for {=other}
         | {=title} ({=skill}, {=other}) | {=years} years in {=field} | {=title} · {=tool} and {=other}
        summary: {opening} {middle} {ending} | {opening} {middle} | {middle} {ending} | {opening} {middle} {middle2} {ending}
         | {opening} {ending} | {hook} {opening} {middle2} | {hook} {middle} {ending}
        hook: {lesson}. | Ask me about {=tool}. | Most of what I know about {=skill} I learned by getting it wrong first.
         | [My work|Most of my work] starts where the [manual|textbook|slide deck] ends. | I like [problems|places|teams] that others
         [have given up on|find boring|avoid]. | Curious, [stubborn|patient|a bit pedantic] and [rarely late|good under pressure|easy to work
         with]. | Two things matter to me: {virtue} and {virtue}.
        opening: {=title} with {=years} years [of experience|behind me|of practice] in {=field}, [the last {2-9} of them|mostly|for a long time]
         [in {=city}|on {=skill}|between {=skill} and {=other}]. | I have worked in {=field} for {=years} years, [lately|today|now] as {=title} at
         {=organization}. | At {=organization} I look after {=skill}; before that I [learned my trade|spent years|cut my teeth] with {=other}. |
         After {=years} years in {=field} I still [enjoy|look forward to] the days when {did3}. | [Trained|Educated] in {=city}, [shaped|taught]
         by {years2} of {=skill}. | {=field} has been my [home|work|trade] for {=years} years, [first in small teams, then in large ones|on
         three continents|in good times and bad|almost without a break]. | [Hands-on|Quiet|Demanding|Thoughtful|Practical|Enthusiastic] {=title}
         who [would rather|prefers to] {virtueverb} than {vice}.
        years2: {2-6} [busy|long|good] years
        middle: [Most recently|Last year|At {=organization}|In my current post|Before that] I {did}, {result}. | I {did} and {did}. |
         [What I am proud of|The best day|A typical project|What taught me most]: I {did}, {result}. | I [care most|know most|teach others] about {=skill} and {=tool},
         and have {did}. | [Between|Among] my [projects|assignments|tasks]: {did}; {did}. | My [focus|main interest|daily bread] is {=skill}, [above all|in particular|more and more]
         {=tool}, with {=other} [on the side|close behind|as a second leg].
        middle2: [Earlier|On the way|In between] I {did}. | Colleagues [come to me|ask me] about {=other} [when it gets difficult|when
         something goes wrong|before they begin]. | I have [led|trained|mentored] {3-40} [people|colleagues|apprentices] and [learned as much from them|regret none of it|kept in
         touch with most]. | It took {2-9} years until {=tool} felt easy.
        ending: [Outside work|In my free time|At weekends|When I am not working] I {hobby}. | [Open to|Looking for|Interested in] {wish}. | {Based} in
         {=city}. | I {hobby} and {hobby}. | [Happy|Glad] to talk about {=tool} [at any time|over coffee|]. | I [speak|write|publish] [now and
         then|regularly] about {=other}. | Next I want to {plan}.
        Based: [Based|At home|Living] | [Born far away, now|Since {2004-2023}]
        lesson: [Simple|Boring|Cheap] [is|beats] [usually right|clever|hard enough] | [Measure|Listen|Ask] first, [then|only then]
         [decide|act|talk] | [Nobody|No plan] survives {=tool} unchanged | Good {=skill} is [invisible|quiet|mostly preparation]
        virtue: [clear writing|punctuality|clean handovers|honest numbers|safety|good questions|craft|kindness|evidence|rest]
        virtueverb: [measure|listen|finish|repair|explain|ask|test|walk the site|write it down]
        vice: [guess|talk|start something new|blame|decorate|wait|argue|sit in meetings]
        hobby: [restore|collect|repair] [old radios|bicycles|fountain pens|wooden boats|maps] | [sing in a choir|play the {instrument}|row|climb|keep
         bees|bake bread|referee youth football|run marathons slowly|grow chillies|watch birds|teach chess|paint badly|coach a handball team|walk
         long distances|learn {language}|volunteer at the food bank|photograph trains]
        instrument: cello | trumpet | oud | piano | accordion | tabla | saxophone | banjo
        language: Greek | Welsh | Arabic | Finnish | Mandarin | sign language | Quechua | Turkish
        wish: [part-time|senior|hands-on|advisory|remote] [roles|work] in {=skill} | [a team|people] that takes {=other} seriously | [mentoring|projects]
         around {=tool} | [new|difficult] [problems|questions] in {=field} | a move to [{=city}|the coast|the mountains|a smaller firm]
        plan: [teach|write a book about|go deeper into|build something with] {=skill} | [run|found|join] a small [firm|practice|team|workshop]
         | bring {=tool} to [people who need it|places without it|my home town]
        work: {w1} | {w1} | {w1} {w2} | {w2} {w1} | {w1} {w3} | {w1} {w2} {w3} | {w3} {w1} | {w2} {w2}
        w1: {did}, {result}. | {did}; {did}. | {did}. | Together with {2-14} [colleagues|others] I {did}, {result}. | [Hired|Joined] to
         [help with|build up|rescue|modernise] {=skill}; {did}. | {did} and {did}, {result}. | In [my first year|the second year|{4-18} months] I {did}.
        w2: [Responsible|Accountable] for {=skill} [and {=other}|with a team of {2-30}|at {2-12} sites|]. | [Reported|Answered] to the [head of
         {=field}|director|board|owner]. | [Daily|Constant|Much] work with {=tool}[ and {=other}|]. | [Shared|Held] the [on-call|weekend|night] duty with {2-7}
         [others|colleagues]. | Introduced {=tool} [against some resistance|step by step|in {3-15} months]. | [Budget|Volume]: {100-950/50} thousand a year.
        w3: [Left|Moved on] when [the project ended|the site closed|the team was merged|my contract ran out]. | [Taught|Trained] {2-25}
         [newcomers|students|apprentices] in {=tool}. | [Won|Lost and won back] [an important client|the trust of the team|the annual review]. |
         The [hardest|best] part was {=other}. | {result2}
        result2: [What stayed|The result]: [fewer|far fewer] [mistakes|complaints|delays|surprises]. | [Overtime|Waste|Turnover] fell by {8-60} %. | Still in use today.
        highlight: {did} | {did}, {result} | [Led|Set up|Took over] {=skill} for {2-40} [people|clients|sites] | [Introduced|Championed|Taught] {=tool}
         | [Cut|Reduced] [cost|delays|errors|waste] by {5-70} % | {=organization} [award|prize] for {=other}
        project: [A guide|A handbook|An open course|A small tool|A database|A map|A newsletter|A podcast] [about|for|on] {=skill} | {=tool} for [everyone|beginners|small
         firms|schools|the neighbourhood]
        projectText: [Made|Written|Built|Run] [with|together with] {2-9} [friends|volunteers|colleagues] [in our free time|over {2-20} months|every winter];
         [used|read|visited] by {200-9800/100} people. | Started as [an exercise|a joke|a favour], now [in its {2-9}th edition|kept alive by others|part of a course in {=city}].
         | {did}.
        volunteer: [Board member|Mentor|Treasurer|First aider|Coach|Helper|Organiser|Driver|Reader]
        volunteerOrg: [Food Bank|Refugee Welcome|Youth Club|Mountain Rescue|Library Friends|Repair Café|Community Garden|Animal Shelter|Hospice] {=city}
        volunteerText: [Every|Most] [Saturday|second Sunday|Thursday evening] with {5-60} others. | [Bring|Teach|Share] {=skill} [to|with] people who
         [could not pay for it|start again|never had the chance]. | [Raised|Collected] {1000-48000/500} for [the roof|new rooms|the summer camp].
        award: [Best|Outstanding|Young] {award2} | [Prize|Medal|Award] for {=skill} | [Employee|Team|Safety improvement] of the year
        award2: [paper|talk|apprentice|project|newcomer|teaching|idea] [of the year|{2001-2024}|]
        awardText: For [work on|the introduction of] {=tool}. | One of {3-12} among {40-900} [entries|candidates]. |
        awarder: [Chamber|Academy|Association|Society|Institute] of {=field} | {=organization} | City of {=city}
        paper: [On|Towards|Notes on|Limits of|A study of|What we know about] {=skill} [and {=tool}|in practice|under pressure|: {=other}|] | {=tool} [revisited|for {=skill}|considered harmful]
        publisher: [Journal|Annals|Proceedings|Review|Letters] of {=field} | {=field} [Today|Quarterly|Letters]
        certificate: [Certified|Advanced|Professional] {=skill} [specialist|practitioner|] | {=tool} [certificate|level {1-3}|diploma] | [Safety|First aid|Trainer] certificate
        issuer: [Institute|Chamber|Board|Academy] of {=field} | [National|International] [Institute|Board] for {=skill}
        university: University of {=city} | {=city} [University|Institute of Technology|State University|Metropolitan University]
        school: {=city} [Vocational College|Technical College|School of {=field}|Polytechnic]
        master: Master | MSc | Master of Science | MA
        bachelor: Bachelor | BSc | BA | Bachelor of Science
        vocational: Apprenticeship | Diploma | Higher National Diploma | Vocational training
        course: [Introduction to|Advanced|Applied|History of|Topics in|Seminar:] {=skill} | {=tool} [I|II|lab] | [Ethics|Economics|Law|Statistics] [of|for] {=field}
        languageNames: English | German | French | Spanish | Portuguese | Italian | Dutch | Swedish | Polish | Ukrainian | Turkish | Arabic | Hindi | Mandarin | Japanese | Korean | Yoruba | Persian
        native: Native speaker
        fluency: Fluent | Good | Basic
        skillLevel: Beginner | Advanced | Expert | Master

        == software
        name: Software Engineering
        level1: Junior Software Engineer | Junior Developer | Graduate Engineer | Support Engineer
        level2: Software Engineer | Backend Developer | Mobile Developer | Site Reliability Engineer | Full-stack Developer
        level3: Senior Software Engineer | Senior Backend Engineer | Platform Engineer | Security Engineer
        level4: Staff Engineer | Principal Engineer | Head of Engineering | Engineering Manager | CTO
        org: {=name} [Software|Systems|Labs|Technologies|Cloud] | [Blue|Quiet|North|Copper|Open|Paper] [Stack|Harbor|Byte|Signal|Lantern|River] | [Pay|Ship|Health|Farm|Rail|Play]{orgend}
        orgend: Loop | Grid | Base | Hub | wise | ly
        degree: Computer Science | Software Engineering | Mathematics | Information Systems
        skills: Distributed systems (Kafka, consensus, sharding, event sourcing) | Databases (PostgreSQL, query plans, replication, indexing)
         | Swift (concurrency, SwiftNIO, iOS, SwiftUI) | Backend development (Go, gRPC, REST, caching) | Frontend development (TypeScript, React,
         accessibility, design systems) | Site reliability (Kubernetes, Prometheus, on-call, incident reviews) | Security (threat modelling, TLS, OAuth,
         penetration tests) | Embedded software (C, real-time systems, CAN bus, firmware) | Compilers (LLVM, parsing, static analysis, type systems)
         | Testing (property-based tests, fuzzing, continuous integration, test automation) | Mobile apps (Kotlin, offline sync, app stores, push notifications)
        did: moved {3-90} services [from a monolith|off old hardware|to Kubernetes] | rewrote the [billing|search|booking|login|routing] service in [Swift|Go|Rust|Java]
         | designed an API that {4-60} teams [use|depend on] | found the [memory leak|race|deadlock|index] behind [weekly outages|slow
         pages|lost orders] | built the [message queue|data pipeline|offline mode|deployment tooling] for {=skill} | ran the on-call rotation for {=tool}
         | replaced {5-40} thousand lines of [dead|generated|copied] code with {300-4000/100} | wrote the [parser|scheduler|cache|sync engine] at the heart of {=tool}
         | introduced [code review|fuzzing|tracing|feature flags] for {=other} | migrated {2-80} terabytes of [orders|medical records|sensor data] without downtime
        did3: a {=tool} bug finally makes sense | the graphs go flat | a deletion makes everything faster
        result: which [halved|cut|lowered] [latency|build times|the cloud bill|page loads] [by {15-80} %|] | [serving|for] {2-90} thousand [users|requests a minute] | so that releases went
         from [monthly|weekly] to [daily|hourly] | with [no|one minute of] downtime

        == data
        name: Data Science
        level1: Data Analyst | Junior Data Scientist | Reporting Analyst
        level2: Data Scientist | Machine Learning Engineer | Data Engineer | Statistician
        level3: Senior Data Scientist | Senior Statistician | Lead Data Engineer | Research Scientist
        level4: Head of Data | Principal Scientist | Director of Analytics | Chief Data Officer
        org: {=name} [Analytics|Insights|AI|Research] | [Clear|Deep|Open|True] [Signal|Forecast|Measure|Evidence] | [National|Regional] [Statistics Office|Health Registry]
        degree: Statistics | Applied Mathematics | Data Science | Econometrics | Physics
        skills: Machine learning (gradient boosting, neural networks, cross-validation, feature engineering) | Statistics (Bayesian models, experiment design,
         survival analysis, causal inference) | Data engineering (Spark, Airflow, dbt, data quality) | Natural language processing (transformers, embeddings,
         information extraction, search ranking) | Computer vision (segmentation, object detection, camera calibration, labelling) | Forecasting (time series,
         demand planning, ARIMA, scenario analysis) | Visualisation (dashboards, R, ggplot, storytelling with data) | Recommender systems (ranking, A/B tests, cold start,
         matrix factorisation)
        did: built a model that predicts [churn|demand|readmissions|fraud|breakdowns|crop yields] | designed the A/B tests behind {=skill} | cleaned {3-40} years
         of [sensor|sales|clinical|census] data | put {=tool} into production for {2-20} teams | replaced {10-300} spreadsheets with one [warehouse|dashboard|model]
         | showed that {=tool} [explained|missed] half of the [losses|returns|complaints] | labelled {2-90} thousand [images|documents|calls] with {3-12} students
         | wrote the forecast that plans {=other} | [audited|corrected] a model that was unfair to [older applicants|rural customers|new patients]
        did3: a plot surprises everybody | the model loses to a simple average and we learn why
        result: which [saved|brought] {1-30} million a year | with {3-35} % less error than before | and [published|open-sourced] the code | now read by the board every Monday

        == nursing
        name: Nursing
        level1: Nursing Assistant | Student Nurse | Care Assistant
        level2: Registered Nurse | Staff Nurse | Community Nurse | Midwife
        level3: Senior Nurse | Intensive Care Nurse | Nurse Practitioner | Ward Sister
        level4: Head Nurse | Director of Nursing | Clinical Nurse Manager | Nurse Educator
        org: {=city} [General Hospital|University Hospital|Children's Hospital|Hospice|Care Home] | St [Mary|Luke|Anne|Joseph|Elizabeth] [Hospital|Clinic|Hospice] | {=name} [Clinic|Medical Centre]
        degree: Nursing | Midwifery | Public Health | Palliative Care
        skills: Intensive care (ventilation, sepsis, monitoring, ECMO) | Wound care (dressings, pressure ulcers, diabetic foot, documentation) | Palliative care (pain
         management, family conversations, end of life, comfort) | Paediatrics (neonatal care, vaccination, parents, growth charts) | Emergency nursing (triage,
         trauma, resuscitation, cannulation) | Infection control (isolation, hand hygiene, outbreaks, sterilisation) | Midwifery (antenatal care, home births,
         breastfeeding, postnatal visits) | Mental health nursing (de-escalation, crisis teams, addiction, medication) | Geriatrics (dementia, falls, mobility, nutrition)
        did: cared for {4-32} patients a shift on a [surgical|cardiac|stroke|neonatal] ward | triaged up to {60-240/10} patients a night | set up a [pain|wound|fall] clinic
         | trained {10-80} [nurses|students] in {=tool} | coordinated discharge for patients with {=skill} | led the ward through [an outbreak|a move|the
         pandemic] | rewrote the [handover|medication|isolation] protocol | accompanied {20-300/10} families through the last days | assisted at {100-900/50} births
         | introduced bedside [ultrasound|documentation|checks] for {=other}
        did3: somebody walks out who was carried in | a frightened patient sleeps
        result: which cut [infections|falls|complaints|pressure ulcers] by {10-60} % | with a [full|steady] team for the first time in years | and kept every bed
         open | now standard in {2-14} wards

        == teaching
        name: Education
        level1: Teaching Assistant | Trainee Teacher | Tutor
        level2: Primary School Teacher | Mathematics Teacher | Science Teacher | Language Teacher | Music Teacher
        level3: Senior Teacher | Head of Department | Special Needs Coordinator | Lecturer
        level4: Head Teacher | Deputy Head | Principal | Dean of Studies
        org: {=city} [Primary School|Secondary School|Grammar School|Community College|Adult Education Centre] | {=name} [School|Academy]
        degree: Education | Mathematics Education | English Literature | History | Special Education
        skills: Classroom teaching (lesson plans, group work, differentiation, assessment) | Special needs (dyslexia, autism, inclusion, individual plans) | Mathematics
         teaching (proof, competitions, mental arithmetic, statistics) | Language teaching (phonics, reading, second-language learners, drama) | Science
         teaching (experiments, field trips, robotics clubs, astronomy) | Curriculum design (learning goals, textbooks, exams, peer review) | Digital learning (video
         lessons, learning platforms, tablets, blended learning) | School leadership (budgets, timetables, parents' evenings, inspections) | Music education (choir, orchestra, notation, improvisation)
        did: taught {18-34} children in [mixed-age|bilingual|inclusive] classes | wrote a [textbook|curriculum|workbook] for {=skill} | founded a [robotics|debating|chess|theatre|science] club
         with {8-70} pupils | prepared {15-160/5} students a year for [final exams|university|apprenticeships] | [organised|led] exchanges with schools in {2-7} countries
         | introduced {=tool} for [beginners|every year group|struggling readers] | mentored {3-20} trainee teachers | built a [school garden|library|makerspace] with parents
         | taught refugees [to read|mathematics|the language] in {6-20} months
        did3: the quietest pupil explains it to the others | a class does not hear the bell
        result: and [reading|maths] results rose by {5-40} % | with the best exam results in {5-20} years | until no pupil left without a certificate | which other schools copied

        == finance
        name: Finance
        level1: Junior Accountant | Audit Assistant | Bank Clerk | Payroll Clerk
        level2: Accountant | Financial Analyst | Auditor | Loan Officer | Actuary
        level3: Senior Auditor | Financial Controller | Risk Manager | Treasury Manager
        level4: Finance Director | Chief Financial Officer | Audit Partner | Head of Risk
        org: {=name} & {=other} | [Savings Bank|Cooperative Bank|Credit Union] {=city} | {=name} [Capital|Audit|Insurance|Holdings] | [First|United|Northern|Merchant] [Trust|Mutual|Assurance]
        degree: Accounting | Finance | Economics | Business Administration | Actuarial Science
        skills: Accounting (IFRS, consolidation, month-end closing, fixed assets) | Audit (sampling, internal controls, fraud detection, working papers) | Risk management (credit
         risk, stress tests, Basel III, value at risk) | Tax (VAT, transfer pricing, tax returns, cross-border cases) | Treasury (cash pooling, hedging, liquidity
         planning, bank relations) | Corporate finance (valuation, mergers, due diligence, financial models) | Insurance (underwriting, reserves, pricing, claims) | Controlling
         (budgets, cost centres, variance analysis, reporting)
        did: closed the books for {3-60} [companies|subsidiaries] each month | audited [banks|hospitals|family firms|charities] with up to {2-900} million in assets
         | built the [liquidity|valuation|pricing|reserve] model for {=skill} | [uncovered|stopped] a fraud of {40-900/10} thousand | moved {=tool} to [a new ledger|SAP|the cloud]
         | negotiated credit lines with {3-14} banks | prepared {2-9} acquisitions and {1-4} sales | shortened the month-end closing from {9-20} to {3-7} days
         | steered the company through [insolvency|an IPO|a tax audit|rapid growth]
        did3: the columns agree at the first attempt | a number tells the real story
        result: with no [finding|correction] in the next audit | which freed {1-40} million in cash | and halved the [fees|write-offs|late payments] | on time for {3-15} years running

        == mechanical
        name: Mechanical Engineering
        level1: Junior Design Engineer | Apprentice Machinist | Draughtsperson | Test Technician
        level2: Mechanical Engineer | Design Engineer | Production Engineer | Toolmaker
        level3: Senior Mechanical Engineer | Lead Design Engineer | Quality Manager | Plant Engineer
        level4: Chief Engineer | Head of Production | Technical Director | Plant Manager
        org: {=name} [Engineering|Motors|Precision|Machine Works|Aerospace|Pumps] | {=name} & Sons | {=city} [Foundry|Gearworks|Turbines]
        degree: Mechanical Engineering | Mechatronics | Materials Science | Aerospace Engineering
        skills: Mechanical design (CAD, tolerances, SolidWorks, sheet metal) | Simulation (finite elements, fatigue, computational fluid dynamics, ANSYS) | Manufacturing (CNC milling,
         injection moulding, welding, lean production) | Quality (Six Sigma, FMEA, metrology, ISO 9001) | Robotics (grippers, PLC programming, kinematics, machine vision)
         | Thermodynamics (heat exchangers, pumps, refrigeration, combustion) | Maintenance (vibration analysis, spare parts, predictive maintenance, lubrication) | Materials
         (composites, corrosion, heat treatment, failure analysis)
        did: designed a [gearbox|pump|gripper|suspension|turbine blade|hinge] for {=skill} | took {2-30} grams out of a part made {40-900/20} thousand times a year | commissioned {2-24} machines in
         {2-9} countries | found why [bearings|welds|seals|shafts] broke after {200-4000/100} hours | built a test bench for {=tool} | automated a line that {3-20} people had fed by hand
         | introduced {=tool} on the shop floor | rebuilt a {1920-1985} [press|lathe|locomotive|loom] to work again | drew {100-900/20} parts for {=other}
        did3: a prototype runs for the first time | metal does what the drawing says
        result: which doubled its [life|speed|accuracy] | with {5-45} % less scrap | at {10-60} % of the former cost | still built today

        == construction
        name: Construction
        level1: Site Assistant | Apprentice Carpenter | Junior Surveyor | Apprentice Mason
        level2: Civil Engineer | Carpenter | Architect | Surveyor | Site Engineer
        level3: Site Manager | Structural Engineer | Project Architect | Master Carpenter
        level4: Construction Director | Partner | Head of Projects | Chief Structural Engineer
        org: {=name} [Construction|Builders|Architects|Timber|Structures] | {=name} + {=other} Architects | {=city} [Roads|Building Cooperative|Bridges]
        degree: Civil Engineering | Architecture | Surveying | Structural Engineering | Urban Planning
        skills: Structural engineering (reinforced concrete, steel frames, earthquakes, load tests) | Architecture (housing, competitions, BIM, daylight) | Carpentry (timber frames,
         joints, roofs, staircases) | Site management (schedules, subcontractors, safety, snagging) | Surveying (total stations, drones, land registers, laser scans) | Restoration (lime
         plaster, listed buildings, stone masonry, stained glass) | Road building (asphalt, drainage, traffic planning, earthworks) | Energy-efficient building (insulation, passive
         houses, heat pumps, air tightness)
        did: built {6-240/2} flats [for a cooperative|on a former railway yard|in timber] | restored a [{1300-1890} church|water mill|theatre|city wall] | planned {2-40} kilometres of
         [road|cycle path|sewer|railway] | managed {4-60} trades on one site | strengthened {2-30} bridges after {=tool} | surveyed {3-80} villages for {=skill} | won
         the competition for a [school|library|station|fire house] | reused {40-95} % of the old [bricks|beams|concrete] | introduced {=tool} for {=other}
        did3: the scaffolding comes down | a beam fits without force
        result: {2-14} weeks early | without a single serious accident | for {5-25} % less than budgeted | now a listed building itself

        == design
        name: Design
        level1: Junior Designer | Design Intern | Illustrator | Layout Assistant
        level2: Graphic Designer | UX Designer | Product Designer | Fashion Designer | Typographer
        level3: Senior Product Designer | Senior UX Designer | Art Director | Design Researcher
        level4: Creative Director | Head of Design | Design Partner | Studio Owner
        org: Studio {=name} | {=name} [& Friends|Design|Type|Works] | [Loud|Plain|Paper|Orange|Second|Slow] [Studio|Press|Ink|Bureau|Room]
        degree: Graphic Design | Interaction Design | Industrial Design | Fine Arts
        skills: User research (interviews, usability tests, diary studies, personas) | Interaction design (prototypes, Figma, wireframes, design systems) | Typography (typeface design,
         book design, lettering, variable fonts) | Branding (logos, guidelines, packaging, naming) | Illustration (ink, children's books, editorial, comics) | Industrial design (furniture, model making, ergonomics,
         rendering) | Accessibility (contrast, screen readers, plain language, inclusive design) | Exhibition design (museums, wayfinding, lighting, interactive displays)
        did: redesigned the [app|ticket machine|forms|website] that {2-90} thousand people use [a day|a month] | drew a typeface of {200-900/20} glyphs for {2-7} scripts | interviewed {20-300/10} [patients|commuters|farmers|nurses]
         about {=tool} | designed {3-60} [book covers|posters|record sleeves|stamps] | built a design system with {40-300/10} components | made [wayfinding|signs|maps] for a
         [hospital|metro|museum|festival] | tested {=tool} with blind users | gave a {40-180}-year-old [brewery|newspaper|theatre|shoemaker] a new face
        did3: somebody uses a thing without noticing it | the third sketch is the right one
        result: which doubled the share of people who finish | printed in {2-40} languages | and support calls fell by {10-60} % | shown at {2-9} museums

        == marketing
        name: Marketing
        level1: Marketing Assistant | Junior Copywriter | Sales Trainee | Social Media Assistant
        level2: Marketing Manager | Copywriter | Sales Manager | Content Editor | Journalist
        level3: Senior Brand Manager | Key Account Manager | Editor | Growth Lead
        level4: Marketing Director | Head of Sales | Editor in Chief | Chief Marketing Officer
        org: {=name} [Media|Communications|Brands|Publishing] | [Morning|Evening|Daily] [Post|Courier|Herald] {=city} | [Bright|Wild|Honest|Tall] [Story|Fox|Words|Market]
        degree: Marketing | Communication Studies | Journalism | Business | Psychology
        skills: Brand strategy (positioning, tone of voice, market research, naming) | Search marketing (SEO, keyword research, paid search, landing pages) | Copywriting (headlines, newsletters,
         speeches, long reads) | Sales (key accounts, negotiation, pipelines, tenders) | Social media (community management, short video, influencers, campaigns) | Journalism (investigations,
         interviews, fact checking, podcasts) | Events (trade fairs, sponsoring, conferences, press trips) | Customer insight (surveys, segmentation, loyalty programmes, pricing)
        did: launched {2-30} [products|magazines|shops] in {2-18} markets | wrote the campaign that {3-90} thousand people shared | won {3-40} [accounts|tenders|dealers] from the market leader
         | grew the newsletter from {2-9} to {20-400/5} thousand readers | investigated [hospital waiting lists|rents|a bankrupt airline|illegal dumping] for {3-20} months | renamed a [bank|dairy|railway|tea] brand
         | ran the stand at {4-40} trade fairs | built {=tool} from nothing | replaced advertising with {=skill}
        did3: a reader writes back | a sentence finally sits
        result: and sales rose by {6-140} % | at half the budget | which won a [silver|golden] [Pencil|Quill|Megaphone] | and a law was changed

        == law
        name: Law
        fits: Court Clerk, Judge, Prosecutor = Court; Public Defender = Public Defender
        level1: Trainee Lawyer | Paralegal | Legal Assistant | Court Clerk
        level2: Lawyer | Legal Counsel | Public Defender | Notary | Patent Attorney
        level3: Senior Counsel | Senior Associate | Judge | Public Prosecutor
        level4: Partner | General Counsel | Presiding Judge | Head of Legal
        org: {=name} {=other} [LLP|Law|Legal|Chambers] | [Regional|District|Administrative|Labour] Court {=city} | Office of the Public Defender {=city}
        degree: Law | International Law | European Law | Criminology
        skills: Labour law (dismissals, collective agreements, works councils, pensions) | Contract law (licensing, supply agreements, arbitration, terms and conditions) | Criminal law (defence,
         appeals, juvenile cases, evidence) | Intellectual property (patents, trade marks, copyright, licensing) | Data protection (GDPR, impact assessments, breach notification, consent) | Family law (custody,
         mediation, maintenance, adoption) | Asylum law (hearings, appeals, family reunion, legal aid) | Environmental law (permits, emissions, water rights, class actions)
        did: represented {20-900/10} [tenants|employees|asylum seekers|inventors] | negotiated {=tool} between {2-9} parties | drafted the [contracts|licence|merger agreement] for {=skill}
         | argued {3-40} cases before the [supreme|constitutional|labour|patent] court | defended {10-200/5} young people | trained {30-400/10} judges in {=tool} | cleared {200-2000/50} old cases in {8-30} months
         | filed {10-180/5} patents | wrote a commentary on {=other}
        did3: both sides shake hands | the shorter letter wins
        result: {60-95} % of them successfully | which set a precedent | and spared everybody a trial | cited in {4-60} later judgments

        == logistics
        name: Logistics
        level1: Warehouse Assistant | Dispatcher Trainee | Driver | Freight Clerk
        level2: Dispatcher | Supply Chain Planner | Train Driver | Ship's Officer | Buyer
        level3: Warehouse Manager | Senior Supply Chain Planner | Captain | Fleet Manager
        level4: Head of Logistics | Supply Chain Director | Port Operations Manager | Managing Director
        org: {=name} [Freight|Logistics|Shipping|Transport|Air Cargo] | Port of {=city} | [Baltic|Atlantic|Alpine|Delta|Silk Road] [Lines|Rail|Express|Forwarding]
        degree: Logistics | Supply Chain Management | Nautical Science | Transport Engineering
        skills: Warehousing (picking, slotting, forklift trucks, stocktaking) | Supply chain planning (SAP, demand planning, safety stock, suppliers) | Shipping (charter parties, container
         stowage, navigation, port calls) | Customs (tariffs, export control, bonded warehouses, origin rules) | Road transport (route planning, tachographs, fleet management, cold chain) | Rail operations (timetables, shunting,
         signalling, crew rosters) | Purchasing (tenders, framework contracts, supplier audits, negotiation) | Air cargo (dangerous goods, load planning, ground handling, perishables)
        did: dispatched {30-600/10} [lorries|containers|parcels an hour|trains a week] | opened a warehouse of {4-90} thousand square metres | moved {=tool} to night trains | sailed {=skill}
         between {3-40} ports | [renegotiated|rebuilt] the supply chain after [a strike|the canal was blocked|a flood|the pandemic] | brought vaccines to {20-400/10} clinics | planned tours for {12-300/4} drivers
         | introduced {=tool} at {2-20} sites | cut empty runs from {25-45} to {8-20} %
        did3: the last pallet fits | the train leaves to the second
        result: with {94-99} % on time | and {8-40} % less fuel | for {2-30} % less a tonne | without one lost consignment

        == culinary
        name: Gastronomy
        fits: Hotel > Hotel; Baker > Bakery; Pastry > Bakery/Café/Hotel; Restaurant > The/Café/Bistro/Chez/Trattoria/Hotel
        level1: Commis Chef | Apprentice Cook | Waiter | Trainee Baker
        level2: Chef de Partie | Baker | Sommelier | Pastry Chef | Hotel Receptionist
        level3: Sous Chef | Master Baker | Restaurant Manager | Head Pastry Chef
        level4: Head Chef | Executive Chef | Hotel Manager | Owner
        org: [The|Café|Bistro|Chez|Trattoria] {=name} | Hotel [Bellevue|Continental|Post|Astoria|Miramar] {=city} | {=name} [Bakery|Kitchen|Catering|Brewery]
        degree: Culinary Arts | Hotel Management | Baking and Pastry | Food Technology
        skills: Kitchen management (menus, food costs, rosters, HACCP) | Baking (sourdough, rye, croissants, long fermentation) | Pastry (chocolate, sugar work, ice cream, wedding cakes) | Wine (pairing,
         cellar management, natural wine, tastings) | Fish cookery (filleting, curing, shellfish, stocks) | Vegetarian cooking (fermentation, pulses, foraging, seasonal menus) | Hotel management (front office, housekeeping,
         revenue management, banquets) | Brewing (lager, yeast, cellar work, quality control) | Butchery (charcuterie, whole animal, dry ageing, sausages)
        did: cooked for {40-900/10} guests a day | opened a [bakery|bistro|canteen|hotel] with {3-40} people | baked {200-4000/100} loaves every night | wrote {4-40} menus around {=skill} | trained
         {4-60} apprentices in {=tool} | bought from {6-60} farms within {20-90} kilometres | ran the kitchen of a [ship|hospital|school|night train] | kept a star for {2-9} years | introduced {=tool} and threw out the microwave
        did3: plates come back empty | the crust sings
        result: with {5-25} % less waste | booked out for {2-12} months | at food costs under {24-32} % | and half of them stayed

        == biology
        name: Biology
        level1: Laboratory Assistant | Research Assistant | Technician | Doctoral Student
        level2: Biologist | Research Associate | Biochemist | Ecologist | Pharmacist
        level3: Senior Scientist | Postdoctoral Fellow | Laboratory Manager | Toxicologist
        level4: Professor | Group Leader | Head of Research | Scientific Director
        org: {=name} [Biotech|Therapeutics|Diagnostics|Institute] | Institute of [Marine|Molecular|Plant|Cell] Biology {=city} | [Natural History Museum|Botanical Garden|Veterinary Laboratory] {=city}
        degree: Biology | Biochemistry | Pharmacy | Ecology | Genetics
        skills: Molecular biology (PCR, cloning, CRISPR, sequencing) | Ecology (field surveys, bird ringing, population models, restoration) | Microbiology (cell culture, antibiotic
         resistance, phages, fermentation) | Pharmacology (clinical trials, dosage, drug safety, toxicology) | Bioinformatics (genome assembly, R, phylogenetics, single-cell data) | Neuroscience (electrophysiology, microscopy, behaviour,
         zebrafish) | Plant science (breeding, soil, greenhouse trials, drought tolerance) | Marine biology (coral reefs, plankton, diving, tagging)
        did: sequenced {20-900/10} [genomes|soil samples|tumours|viruses] | described {2-19} new species of [beetle|moss|fungus|frog|snail] | ran a trial with {40-900/20} [patients|plots|mice|cows] | discovered how {=tool}
         [switches on|fails|spreads] | counted [bats|eels|orchids|storks] in {12-200/4} places | built a laboratory for {=skill} | published {3-60} papers on {=other} | supervised {4-40} theses
         | raised {1-12} million for {=skill}
        did3: the control behaves | something moves under the lens
        result: cited {50-2000/50} times | which led to a [vaccine|protected area|test|patent] | after {3-11} failed attempts | repeated by {2-9} other groups

        == energy
        name: Energy
        level1: Apprentice Electrician | Junior Electrical Engineer | Grid Trainee | Field Technician
        level2: Electrician | Electrical Engineer | Wind Turbine Technician | Energy Consultant
        level3: Senior Electrical Engineer | Grid Operator | Project Engineer | Commissioning Lead
        level4: Head of Grid Planning | Technical Director | Power Plant Manager | Managing Director
        org: {=name} [Power|Energy|Electric|Solar|Wind] | [Municipal Utilities|Grid|Power Station] {=city} | [Sun|Tide|North Wind|Bright] [Grid|Volt|Current]
        degree: Electrical Engineering | Energy Technology | Renewable Energy | Physics
        skills: Power grids (load flow, protection, transformers, substations) | Wind energy (site assessment, blades, offshore, condition monitoring) | Photovoltaics (inverters, yield studies, roof
         systems, agrivoltaics) | Electrical installation (wiring, switchboards, lightning protection, smart homes) | Battery storage (lithium cells, battery management, grid services, recycling) | Power electronics (converters, motor
         drives, EMC, SiC) | Hydropower (turbines, dams, fish ladders, pumped storage) | Energy markets (balancing, trading, forecasts, tariffs) | Hydrogen (electrolysis, fuel cells, storage, safety)
        did: connected {3-90} [wind farms|solar parks|villages|hospitals] to the grid | planned {20-400/10} kilometres of [cable|overhead line|district heating] | commissioned {2-60} [turbines|substations|batteries] | wired
         {10-300/10} [houses|ships|schools] | kept the lights on during [a storm|the ice winter|a cyber attack|a transformer fire] | modelled {=tool} for {=skill} | retrofitted {4-80} buildings with {=tool} | wrote the standard for {=other}
         | repaired blades at {80-160/5} metres
        did3: the frequency does not move | a village has light at night
        result: saving {2-90} thousand tonnes of CO₂ a year | with {97-99} % availability | {3-20} weeks before the deadline | and losses fell by {4-30} %
        """
}
