/// German: as `EnglishVocabulary`.
enum GermanVocabulary {
    static let text = """
        == all
        headline: {=title} | {=title} | {=title} bei {=organization} | {=title}, {=skill} | {=title} · {=tool} | Seit {=years} Jahren im Fach {=field}
        summary: {opening} {middle} {ending} | {opening} {middle} | {middle} {ending} | {opening} {middle} {more} {ending} | {opening} {more} {ending}
        opening: {=title} mit {=years} Jahren [Erfahrung|Berufserfahrung|Praxis] [in|rund um] {=skill}[, zuletzt {in2}|]. | Seit {=years} Jahren arbeite ich im Bereich {=field}, [heute|derzeit|inzwischen]
         als {=title} {in2}. | [Neugierig|Geduldig|Gründlich|Hartnäckig|Pragmatisch] und [selten zu spät|gern im Team|auch unter Druck freundlich|immer mit Notizbuch unterwegs]:
         {=title} aus {=city}. | Mein Weg führte von {=other} zu {=skill}, {in2} habe ich [meinen Platz gefunden|viel gelernt|Wurzeln geschlagen]. | Wer mich fragt, was ich tue, hört
         zuerst von {=tool}.
        in2: bei {=organization} | in {=city}
        middle: [Wichtige|Typische|Letzte] Stationen: {did}; {did}. | Besonders stolz bin ich auf [eine Aufgabe|ein Projekt]: {did}, {result}. | [Schwerpunkt|Kern meiner Arbeit|Mein Alltag]: {=skill},
         [vor allem|insbesondere] {=tool}. | [Zuletzt|Im vergangenen Jahr|Davor]: {did}, {result}. | {did} – {result}.
        more: [Kolleginnen und Kollegen|Andere] fragen mich, wenn {=other} [schwierig wird|klemmt|neu gedacht werden muss]. | Ich habe {3-40} [Auszubildende|Menschen|Leute] [angeleitet|ausgebildet|begleitet]. | An
         {=tool} [reizt|fasziniert|ärgert] mich bis heute [vieles|das Handwerk|die Genauigkeit]. | Ohne {=other} [geht bei mir wenig|wäre vieles teurer].
        ending: [In der Freizeit|Abends|Am Wochenende] {hobby} ich. | Ich {hobby}. | [Offen für|Auf der Suche nach] [Teilzeit|neuen Aufgaben|einem kleinen Team|Verantwortung|Austausch] rund um {=skill}. | [Zu Hause|Daheim] in {=city}. | Als
         Nächstes [will|möchte] ich {plan}.
        hobby: spiele [Geige|Posaune|Schach|Handball|Theater|Orgel] | singe im Chor | repariere [Fahrräder|Uhren|Radios] | wandere [gern|weit|bei jedem Wetter] | ziehe [Tomaten|Bienen|Kakteen|Rosen] | sammle [Landkarten|Schallplatten|Pilze]
         | lese [laut vor|Krimis|alles über Eisenbahnen] | rudere | klettere | backe Brot
        plan: mehr über {=tool} lernen | {=skill} unterrichten | einen eigenen Betrieb gründen | ein Buch über {=other} schreiben | [Verantwortung|ein Team] übernehmen
        work: {w1} | {w1} {w2} | {w2} {w1} | {w1} {w3} | {w3} {w1} {w2} | {w1} {w1}
        w1: {did}, {result}. | {did}. | {did}; {did}. | Gemeinsam mit {2-14} anderen: {did}. | [Im ersten Jahr|In {3-18} Monaten|Zum Schluss]: {did}, {result}.
        w2: [Verantwortlich|Zuständig] für {=skill} [und {=other}|an {2-9} Standorten|mit {2-30} Beschäftigten|]. | [Tägliche|Enge|Viel] Arbeit mit {=tool}. | [Einführung|Weiterentwicklung] von {=tool} [gegen manchen Widerstand|Schritt für Schritt|in
         {3-15} Monaten]. | [Budget|Etat]: {100-950/50} Tausend Euro im Jahr. | [Bereitschaft|Schichtdienst|Wochenenddienst] im Wechsel mit {2-7} anderen.
        w3: [Ausbildung|Anleitung|Schulung] von {2-30} [Neuen|Auszubildenden|Studierenden] in {=tool}. | [Wechsel|Abschied] nach [Projektende|der Fusion|der Schließung des Standorts]. | [Am schwierigsten|Am lehrreichsten] war {=other}. | Bis heute im Einsatz.
        highlight: {did} | {did}, {result} | [Leitung|Aufbau|Übernahme] von {=skill} mit {2-40} [Leuten|Kunden|Standorten] | [Fehler|Kosten|Wartezeit] um {5-70} % gesenkt | [Einführung|Schulungen] {=tool}
        project: [Leitfaden|Handbuch|Kurs|Sammlung|Karte|Rundbrief] {=skill} | {=tool} für [alle|Einsteiger|Schulen|Vereine|kleine Betriebe]
        projectText: [Entstanden|Gebaut|Geschrieben] mit {2-9} [Freunden|Freiwilligen|Kolleginnen] [in der Freizeit|über {2-20} Monate|in mehreren Wintern]; {200-9800/100} [Nutzer|Leser|Besucher]. | {did}.
        volunteer: Vorstand | Trainerin oder Trainer | Kassenwart | Ersthelfer | Patenschaft | Fahrdienst | Vorlesen
        volunteerOrg: [Tafel|Bergwacht|Sportverein|Repair-Café|Bücherei|Hospizverein|Feuerwehr|Tierheim] {=city}
        volunteerText: [Jeden|Fast jeden] [Samstag|Donnerstag|zweiten Sonntag] mit {5-60} anderen. | {=skill} für Menschen, die [neu anfangen|wenig Geld haben|sonst niemanden fragen können]. | {1000-48000/500} Euro für [das Dach|die Jugend|neue Räume] gesammelt.
        award: [Preis|Medaille|Auszeichnung] für {=skill} | [Beste|Herausragende] [Arbeit|Idee|Ausbildung] des Jahres | Innovationspreis
        awardText: Für [die Einführung von|die Arbeit an] {=tool}. | {3-12} von {40-900} [Bewerbungen|Beiträgen] ausgewählt. |
        awarder: [Kammer|Akademie|Verband|Gesellschaft] für {=field} | {=organization} | Stadt {=city}
        paper: [Zur|Über die|Grenzen der] [Praxis|Zukunft|Geschichte] von {=skill} | {=tool} [im Alltag|neu betrachtet|und {=other}]
        publisher: [Zeitschrift|Jahrbuch|Archiv|Berichte] für {=field} | {=field} [heute|aktuell]
        certificate: {=tool} [Zertifikat|Stufe {1-3}|Fachkunde] | Fachkraft für {=skill} | [Ersthelfer|Ausbildereignung|Arbeitssicherheit]
        issuer: [Kammer|Akademie|Institut|Fachverband] {=field} | Industrie- und Handelskammer {=city}
        university: Universität {=city} | Technische Universität {=city} | Hochschule {=city} | Fachhochschule {=city}
        school: Berufsschule {=city} | Fachschule für {=field} {=city} | Meisterschule {=city}
        master: Master | Diplom | Magister
        bachelor: Bachelor | Vordiplom | Staatsexamen
        vocational: Ausbildung | Lehre | Meisterbrief
        course: [Grundlagen|Geschichte|Vertiefung|Seminar|Praktikum] {=skill} | {=tool} [I|II|Labor]
        languageNames: Englisch | Deutsch | Französisch | Spanisch | Portugiesisch | Italienisch | Niederländisch | Schwedisch | Polnisch | Ukrainisch | Türkisch | Arabisch | Hindi | Mandarin | Japanisch | Koreanisch | Yoruba | Persisch
        native: Muttersprache
        fluency: Fließend | Gut | Grundkenntnisse
        skillLevel: Grundkenntnisse | Fortgeschritten | Experte | Meister

        == software
        name: Softwareentwicklung
        level1: Junior-<Entwickler/Entwicklerin> | <Werkstudent/Werkstudentin> Informatik | <Fachinformatiker/Fachinformatikerin>
        level2: <Softwareentwickler/Softwareentwicklerin> | <Webentwickler/Webentwicklerin> | <Systemadministrator/Systemadministratorin>
        level3: Senior <Softwareentwickler/Softwareentwicklerin> | <Softwarearchitekt/Softwarearchitektin> | <Sicherheitsexperte/Sicherheitsexpertin>
        level4: <Leiter/Leiterin> Entwicklung | Technische Geschäftsführung | <Chefarchitekt/Chefarchitektin>
        org: {=name} [Software|Systeme|Digital] GmbH | [Rechenwerk|Datenhafen|Zeichenfluss|Nordlicht IT|Klartext Software] {=city}
        degree: Informatik | Wirtschaftsinformatik | Mathematik | Medieninformatik
        skills: Verteilte Systeme (Kafka, Konsens, Lastverteilung, Ereignisse) | Datenbanken (PostgreSQL, Abfragepläne, Replikation, Indexe) | Backend-Entwicklung (Java, Go, gRPC, Zwischenspeicher) | Weboberflächen (TypeScript, React, Barrierefreiheit)
         | IT-Sicherheit (Bedrohungsanalyse, TLS, Penetrationstests) | Eingebettete Systeme (C, Echtzeit, CAN-Bus, Firmware) | Betrieb (Kubernetes, Prometheus, Bereitschaft) | Softwaretests (Fuzzing, Testautomatisierung, kontinuierliche Integration)
        did: Umzug von {3-90} Diensten [in die Cloud|auf Kubernetes|in ein neues Rechenzentrum] | Neubau der [Buchung|Abrechnung|Suche|Anmeldung] in [Java|Swift|Rust] | Entwurf einer Schnittstelle für {4-60} Teams | Suche nach [Speicherlecks|Verklemmungen|langsamen Abfragen]
         im laufenden Betrieb | Ersatz von {5-40} Tausend Zeilen Altcode | Einführung von [Codeprüfung|Fuzzing|Ablaufverfolgung] für {=other} | Aufbau der Bereitschaft für {=tool}
        result: seitdem halb so lange Antwortzeiten | ohne eine Minute Ausfall | für {2-90} Tausend Nutzer | heute täglich statt monatlich ausgeliefert

        == data
        name: Datenanalyse
        level1: <Junior-Analyst/Junior-Analystin> | <Datenassistent/Datenassistentin>
        level2: <Datenanalyst/Datenanalystin> | <Statistiker/Statistikerin> | Data Engineer
        level3: Senior Data Scientist | <Leitender Statistiker/Leitende Statistikerin>
        level4: <Leiter/Leiterin> Datenanalyse | Chief Data Officer
        org: {=name} [Analytik|Daten|Prognosen] GmbH | Statistisches [Landesamt|Amt] {=city} | Institut für Marktforschung {=city}
        degree: Statistik | Mathematik | Physik | Volkswirtschaft
        skills: Maschinelles Lernen (neuronale Netze, Entscheidungsbäume, Kreuzvalidierung) | Statistik (Versuchsplanung, Bayes-Modelle, Stichproben) | Datenintegration (Spark, dbt, Datenqualität, Airflow) | Sprachverarbeitung (Einbettungen, Transformer, Suche)
         | Prognosen (Zeitreihen, Absatzplanung, Szenarien) | Bildverarbeitung (Segmentierung, Kameras, Objekterkennung) | Visualisierung (R, Kennzahlen, Karten)
        did: Vorhersage von [Absatz|Ausfällen|Kündigungen|Ernten|Wartezeiten] | Bereinigung von {3-40} Jahren [Messdaten|Verkaufsdaten|Patientendaten] | Planung und Auswertung von {5-90} Versuchen zu {=tool} | Ablösung von {10-300} Tabellen durch ein gemeinsames Lager
         | Prüfung eines Modells, das [Ältere|Landbewohner|Neukunden] benachteiligte | Auszeichnung von {2-90} Tausend [Bildern|Dokumenten|Anrufen] | Aufbau einer Plattform für {=skill}
        result: mit {3-35} % weniger Fehlern | das spart {1-30} Millionen im Jahr | inzwischen veröffentlicht | montags im Vorstand gelesen

        == nursing
        name: Pflege
        level1: <Pflegehelfer/Pflegehelferin> | <Pflegeschüler/Pflegeschülerin>
        level2: <Krankenpfleger/Krankenschwester> | <Altenpfleger/Altenpflegerin> | <Entbindungspfleger/Hebamme>
        level3: Fachkraft für Intensivpflege | <Stationsleiter/Stationsleiterin> | <Praxisanleiter/Praxisanleiterin>
        level4: <Pflegedirektor/Pflegedirektorin> | Pflegedienstleitung | Heimleitung
        org: [Klinikum|Universitätsklinik|Kinderklinik|Seniorenzentrum|Hospiz] {=city} | [St.-Josef|St.-Elisabeth|Marien|Diakonie]-Krankenhaus {=city}
        degree: Pflegewissenschaft | Gesundheitsmanagement | Hebammenwissenschaft
        skills: Intensivpflege (Beatmung, Sepsis, Überwachung) | Wundversorgung (Verbände, Druckgeschwüre, diabetischer Fuß) | Palliativpflege (Schmerztherapie, Angehörigengespräche, Begleitung) | Kinderkrankenpflege (Frühgeborene, Impfungen, Elternarbeit)
         | Notaufnahme (Triage, Wiederbelebung, Unfälle) | Hygiene (Isolierung, Händedesinfektion, Ausbrüche) | Altenpflege (Demenz, Sturzvorsorge, Ernährung) | Geburtshilfe (Vorsorge, Hausgeburten, Wochenbett)
        did: Pflege von {4-32} Menschen je Schicht auf einer [chirurgischen|neurologischen|onkologischen] Station | Ersteinschätzung von bis zu {60-240/10} Kranken je Nacht | Aufbau einer Sprechstunde für [Schmerzen|Wunden|Stürze]
         | Anleitung von {10-80} Auszubildenden in {=tool} | Begleitung von {20-300/10} Familien | Neufassung der [Übergabe|Medikamentengabe|Isolierung] | Überleitung nach Hause bei {=skill} | Umzug einer Station in {2-9} Tagen
        result: seither {10-60} % weniger [Stürze|Infektionen|Beschwerden] | in {2-14} Stationen übernommen | mit vollem Dienstplan | ohne ein gesperrtes Bett

        == teaching
        name: Bildung
        level1: <Referendar/Referendarin> | <Nachhilfelehrer/Nachhilfelehrerin> | <Erzieher/Erzieherin>
        level2: <Grundschullehrer/Grundschullehrerin> | <Mathematiklehrer/Mathematiklehrerin> | <Musiklehrer/Musiklehrerin>
        level3: <Oberstudienrat/Oberstudienrätin> | <Sonderpädagoge/Sonderpädagogin> | <Dozent/Dozentin>
        level4: <Schulleiter/Schulleiterin> | <Rektor/Rektorin>
        org: [Grundschule|Gesamtschule|Gymnasium|Volkshochschule|Berufskolleg] {=city} | {=name}-[Schule|Gymnasium]
        degree: Lehramt Mathematik | Sonderpädagogik | Germanistik | Geschichte | Musikpädagogik
        skills: Unterricht (Gruppenarbeit, Differenzierung, Leistungsbewertung) | Förderunterricht (Legasthenie, Autismus, Inklusion) | Mathematikunterricht (Beweisen, Wettbewerbe, Kopfrechnen) | Sprachförderung (Alphabetisierung, Zweitsprache, Theater)
         | Naturwissenschaften (Experimente, Exkursionen, Robotik) | Lehrplanarbeit (Lernziele, Schulbücher, Prüfungen) | Digitales Lernen (Lernvideos, Tablets, Plattformen) | Musikunterricht (Chor, Orchester, Improvisation)
        did: Unterricht für {18-34} Kinder in [jahrgangsgemischten|zweisprachigen|inklusiven] Klassen | Gründung einer [Robotik|Theater|Schach|Imker]-AG mit {8-70} Kindern | Vorbereitung von {15-160/5} Jugendlichen aufs Abitur
         | Austausch mit Schulen in {2-7} Ländern | Schulbuch über {=skill} | Einführung von {=tool} in allen Jahrgängen | Betreuung von {3-20} Referendaren | Sprachkurse für Geflüchtete
        result: kein Kind ohne Abschluss | die besten Prüfungen seit {5-20} Jahren | von {2-12} Schulen übernommen | Leseleistung um {5-40} % gestiegen

        == finance
        name: Finanzwesen
        level1: <Buchhalter/Buchhalterin> in Ausbildung | <Bankkaufmann/Bankkauffrau> | Prüfungsassistenz
        level2: <Bilanzbuchhalter/Bilanzbuchhalterin> | <Steuerberater/Steuerberaterin> | <Finanzanalyst/Finanzanalystin>
        level3: <Wirtschaftsprüfer/Wirtschaftsprüferin> | Leitung Controlling | <Risikomanager/Risikomanagerin>
        level4: <Finanzvorstand/Finanzvorständin> | Kaufmännische Leitung
        org: [Sparkasse|Volksbank|Stadtwerke|Versicherung] {=city} | {=name} [Steuerberatung|Treuhand|Wirtschaftsprüfung|Versicherungen]
        degree: Betriebswirtschaft | Volkswirtschaft | Wirtschaftsmathematik
        skills: Buchhaltung (IFRS, Monatsabschluss, Anlagevermögen) | Prüfung (Stichproben, interne Kontrollen, Betrugserkennung) | Risikosteuerung (Kreditrisiko, Stresstests, Basel III) | Steuern (Umsatzsteuer, Verrechnungspreise, Steuererklärungen)
         | Controlling (Kostenstellen, Budgets, Abweichungen) | Versicherung (Tarife, Rückstellungen, Schäden) | Liquidität (Zahlungsverkehr, Absicherung, Banken)
        did: Monatsabschluss für {3-60} Gesellschaften | Prüfung von [Banken|Kliniken|Familienbetrieben] mit bis zu {2-900} Millionen Bilanzsumme | Aufdeckung eines Betrugs über {40-900/10} Tausend Euro | Umstellung von {=tool} auf SAP
         | Verhandlung mit {3-14} Banken | Begleitung von {2-9} Zukäufen | Sanierung in [der Krise|der Insolvenz] | Kürzung des Abschlusses von {9-20} auf {3-7} Tage
        result: ohne Beanstandung | das setzte {1-40} Millionen frei | {3-15} Jahre in Folge pünktlich | Gebühren halbiert

        == mechanical
        name: Maschinenbau
        level1: <Industriemechaniker/Industriemechanikerin> | <Technischer Zeichner/Technische Zeichnerin>
        level2: <Konstrukteur/Konstrukteurin> | <Fertigungsingenieur/Fertigungsingenieurin> | <Werkzeugmacher/Werkzeugmacherin>
        level3: <Entwicklungsingenieur/Entwicklungsingenieurin> | Leitung Qualität | <Betriebsingenieur/Betriebsingenieurin>
        level4: Werksleitung | Technische Leitung | <Chefkonstrukteur/Chefkonstrukteurin>
        org: {=name} [Maschinenbau|Präzisionstechnik|Antriebe|Pumpen|Motoren] GmbH | [Gießerei|Werkzeugfabrik|Turbinenwerk] {=city}
        degree: Maschinenbau | Mechatronik | Werkstofftechnik | Fahrzeugtechnik
        skills: Konstruktion (CAD, Toleranzen, Blechteile) | Simulation (Finite Elemente, Ermüdung, Strömung) | Fertigung (CNC-Fräsen, Spritzguss, Schweißen) | Qualität (Six Sigma, FMEA, Messtechnik) | Robotik (Greifer, SPS, Bildverarbeitung)
         | Wärmetechnik (Wärmetauscher, Pumpen, Kälte) | Instandhaltung (Schwingungsanalyse, Ersatzteile, Schmierung) | Werkstoffe (Korrosion, Härten, Schadensanalyse)
        did: Konstruktion [eines Getriebes|einer Pumpe|eines Greifers|einer Achse] für {=skill} | Inbetriebnahme von {2-24} Maschinen in {2-9} Ländern | Klärung, warum [Lager|Schweißnähte|Dichtungen] nach {200-4000/100} Stunden brachen
         | Bau eines Prüfstands für {=tool} | Automatisierung einer Linie | Wiederaufbau einer [Presse|Drehbank|Lokomotive] von {1920-1985} | Einführung von {=tool} in der Werkstatt
        result: doppelte Lebensdauer | {5-45} % weniger Ausschuss | zu {10-60} % der früheren Kosten | bis heute gebaut

        == construction
        name: Bauwesen
        level1: Zimmererlehrling | Bauzeichnerei | <Maurer/Maurerin>
        level2: <Bauingenieur/Bauingenieurin> | <Architekt/Architektin> | <Zimmerer/Zimmerin> | <Vermesser/Vermesserin>
        level3: <Bauleiter/Bauleiterin> | <Statiker/Statikerin> | <Projektarchitekt/Projektarchitektin>
        level4: <Oberbauleiter/Oberbauleiterin> | <Büroinhaber/Büroinhaberin>
        org: {=name} [Bau|Holzbau|Architekten|Tiefbau] | [Baugenossenschaft|Straßenbauamt|Bauhütte] {=city}
        degree: Bauingenieurwesen | Architektur | Vermessung | Stadtplanung
        skills: Tragwerksplanung (Stahlbeton, Stahlbau, Erdbeben) | Architektur (Wohnungsbau, Wettbewerbe, BIM) | Zimmerei (Fachwerk, Dachstühle, Treppen) | Bauleitung (Termine, Gewerke, Arbeitsschutz) | Vermessung (Tachymeter, Drohnen, Kataster)
         | Denkmalpflege (Kalkputz, Naturstein, Bleiglas) | Straßenbau (Asphalt, Entwässerung, Verkehrsplanung) | Energetische Sanierung (Dämmung, Passivhaus, Wärmepumpen)
        did: Bau von {6-240/2} Wohnungen [in Holz|auf einem alten Güterbahnhof|für eine Genossenschaft] | Sanierung [einer Kirche|einer Mühle|eines Theaters] von {1300-1890} | Planung von {2-40} Kilometern [Radweg|Straße|Kanal] | Leitung von {4-60} Gewerken
         | Ertüchtigung von {2-30} Brücken | Vermessung von {3-80} Gemeinden | Wettbewerbssieg für [eine Schule|einen Bahnhof|eine Bücherei] | Wiederverwendung von {40-95} % der alten [Ziegel|Balken]
        result: {2-14} Wochen früher fertig | ohne schweren Unfall | {5-25} % unter dem Budget | heute selbst ein Denkmal

        == design
        name: Gestaltung
        level1: <Grafiker/Grafikerin> im Praktikum | <Mediengestalter/Mediengestalterin> | <Illustrator/Illustratorin>
        level2: <Grafikdesigner/Grafikdesignerin> | <Produktdesigner/Produktdesignerin> | <Schriftgestalter/Schriftgestalterin>
        level3: Art Director | Senior UX <Designer/Designerin>
        level4: Kreativdirektion | <Ateliergründer/Ateliergründerin>
        org: Atelier {=name} | [Büro|Studio|Werkstatt] {=name} | [Bleisatz|Gegenlicht|Buntpapier|Zweitdruck] {=city}
        degree: Kommunikationsdesign | Industriedesign | Freie Kunst
        skills: Nutzerforschung (Interviews, Usability-Tests, Tagebuchstudien) | Interaktionsgestaltung (Prototypen, Figma, Gestaltungssysteme) | Typografie (Schriftentwurf, Buchgestaltung, Beschriftung) | Marken (Logos, Verpackung, Leitlinien)
         | Illustration (Tusche, Kinderbücher, Comics) | Produktgestaltung (Möbel, Modellbau, Ergonomie) | Ausstellungen (Museen, Leitsysteme, Licht)
        did: Neugestaltung [der Fahrkartenautomaten|der Formulare|der App] für {2-90} Tausend Menschen | Schrift mit {200-900/20} Zeichen für {2-7} Schriftsysteme | Gespräche mit {20-300/10} [Pendlern|Kranken|Bauern] über {=tool}
         | Gestaltung von {3-60} [Buchumschlägen|Plakaten|Briefmarken] | Leitsystem für [ein Krankenhaus|ein Museum|eine Messe] | Tests von {=tool} mit Blinden
        result: gedruckt in {2-40} Sprachen | {10-60} % weniger Anrufe | in {2-9} Museen gezeigt | doppelt so viele Abschlüsse

        == marketing
        name: Marketing und Medien
        level1: <Volontär/Volontärin> | Marketingassistenz | <Texter/Texterin> im Nachwuchs
        level2: <Redakteur/Redakteurin> | <Texter/Texterin> | <Vertriebsmitarbeiter/Vertriebsmitarbeiterin>
        level3: <Ressortleiter/Ressortleiterin> | Markenführung | Leitung Großkunden
        level4: <Chefredakteur/Chefredakteurin> | Marketingleitung | Vertriebsleitung
        org: {=city}er [Anzeiger|Tageblatt|Nachrichten] | {=name} [Verlag|Werbung|Medien|Kommunikation]
        degree: Journalistik | Kommunikationswissenschaft | Betriebswirtschaft
        skills: Markenführung (Positionierung, Tonalität, Marktforschung) | Suchmaschinen (SEO, Anzeigen, Landeseiten) | Texten (Überschriften, Reden, Rundbriefe) | Vertrieb (Großkunden, Verhandlung, Ausschreibungen) | Journalismus (Recherche, Interviews, Faktenprüfung)
         | Veranstaltungen (Messen, Tagungen, Pressereisen) | Kundenforschung (Umfragen, Segmente, Preise)
        did: Einführung von {2-30} Produkten in {2-18} Märkten | Gewinn von {3-40} [Kunden|Ausschreibungen] | Ausbau des Rundbriefs von {2-9} auf {20-400/5} Tausend Leser | Recherche über [Mieten|Wartelisten|Müllexporte] in {3-20} Monaten | Stand auf {4-40} Messen
         | Umbenennung einer [Bank|Molkerei|Bahn] | Kampagne für {=tool}
        result: Umsatz um {6-140} % gestiegen | zum halben Preis | mit Preis ausgezeichnet | danach wurde ein Gesetz geändert

        == law
        name: Recht
        fits: Richter, Staatsanw = gericht; Notar > Notare/Partner
        level1: <Rechtsreferendar/Rechtsreferendarin> | <Rechtsanwaltsfachangestellter/Rechtsanwaltsfachangestellte>
        level2: <Rechtsanwalt/Rechtsanwältin> | <Notar/Notarin> | <Patentanwalt/Patentanwältin>
        level3: <Richter/Richterin> | <Staatsanwalt/Staatsanwältin> | <Syndikusanwalt/Syndikusanwältin>
        level4: <Vorsitzender Richter/Vorsitzende Richterin> | Leitung Recht | <Partner/Partnerin>
        org: {=name} [Rechtsanwälte|Notare|und Partner] | [Landgericht|Arbeitsgericht|Verwaltungsgericht|Amtsgericht] {=city}
        degree: Rechtswissenschaft | Europarecht | Kriminologie
        skills: Arbeitsrecht (Kündigungen, Tarifverträge, Betriebsräte) | Vertragsrecht (Lizenzen, Lieferverträge, Schiedsverfahren) | Strafrecht (Verteidigung, Revision, Jugendsachen) | Datenschutz (DSGVO, Folgenabschätzung, Einwilligung)
         | Familienrecht (Sorgerecht, Mediation, Unterhalt) | Asylrecht (Anhörungen, Klagen, Familiennachzug) | Umweltrecht (Genehmigungen, Emissionen, Wasserrechte)
        did: Vertretung von {20-900/10} [Mietern|Beschäftigten|Asylsuchenden|Erfindern] | Verhandlung über {=tool} zwischen {2-9} Parteien | {3-40} Verfahren vor dem [Bundesgerichtshof|Bundesarbeitsgericht|Patentgericht] | Verteidigung von {10-200/5} Jugendlichen
         | Abbau von {200-2000/50} Altfällen | Fortbildung von {30-400/10} Richtern zu {=tool} | Kommentar zu {=other}
        result: {60-95} % mit Erfolg | ein Grundsatzurteil | ohne Prozess | in {4-60} Urteilen zitiert

        == logistics
        name: Logistik
        level1: <Lagerist/Lageristin> | <Berufskraftfahrer/Berufskraftfahrerin> | Fachkraft für Lagerlogistik
        level2: <Disponent/Disponentin> | <Lokführer/Lokführerin> | <Einkäufer/Einkäuferin>
        level3: Lagerleitung | <Kapitän/Kapitänin> | Fuhrparkleitung
        level4: Logistikleitung | Leitung Lieferkette | Hafenleitung
        org: {=name} [Spedition|Logistik|Reederei|Luftfracht] | Hafen {=city} | [Alpen|Ostsee|Rhein|Donau] [Cargo|Express|Transporte]
        degree: Logistik | Verkehrswesen | Nautik
        skills: Lager (Kommissionierung, Stapler, Inventur) | Lieferketten (SAP, Bedarfsplanung, Lieferanten) | Schifffahrt (Navigation, Stauplanung, Hafenanläufe) | Zoll (Tarife, Ausfuhrkontrolle, Ursprungsregeln) | Straßentransport (Touren, Fuhrpark, Kühlkette)
         | Bahnbetrieb (Fahrpläne, Rangieren, Stellwerke) | Einkauf (Ausschreibungen, Rahmenverträge, Lieferantenaudits)
        did: Disposition von {30-600/10} [Lastwagen|Containern|Zügen je Woche] | Eröffnung eines Lagers mit {4-90} Tausend Quadratmetern | Verlagerung von {=tool} auf die Schiene | Umbau der Lieferkette nach [einem Streik|dem Hochwasser|der Pandemie]
         | Impfstoffe für {20-400/10} Praxen | Touren für {12-300/4} Fahrer | weniger Leerfahrten, von {25-45} auf {8-20} %
        result: {94-99} % pünktlich | {8-40} % weniger Diesel | ohne eine verlorene Sendung

        == culinary
        name: Gastronomie
        fits: Hotel > Hotel/Kurhaus; Bäcker > Bäckerei; Konditor > Konditorei/Hotel; Brauer > Brau
        level1: Kochlehrling | <Kellner/Kellnerin> | <Bäcker/Bäckerin> in Ausbildung
        level2: <Koch/Köchin> | <Bäcker/Bäckerin> | <Konditor/Konditorin> | <Brauer/Brauerin>
        level3: <Souschef/Souschefin> | <Bäckermeister/Bäckermeisterin> | Restaurantleitung
        level4: <Küchenchef/Küchenchefin> | Hoteldirektion | <Inhaber/Inhaberin>
        org: Gasthof {=name} | [Hotel|Kurhaus|Brauhaus|Ratskeller] {=city} | [Bäckerei|Konditorei|Brauerei] {=name}
        degree: Hotelmanagement | Lebensmitteltechnik
        skills: Küchenleitung (Speisekarten, Wareneinsatz, HACCP) | Backen (Sauerteig, Roggen, lange Führung) | Konditorei (Schokolade, Zuckerarbeit, Hochzeitstorten) | Wein (Verkostung, Keller, Speisenbegleitung) | Vegetarische Küche (Hülsenfrüchte, Wildkräuter, Fermentation)
         | Hotelbetrieb (Empfang, Hausdamen, Bankette) | Brauen (Lagerbier, Hefe, Gärkeller) | Fleischerei (Wurst, ganzes Tier, Trockenreifung)
        did: täglich {40-900/10} Gäste | Eröffnung [einer Bäckerei|eines Gasthofs|einer Kantine] mit {3-40} Leuten | {200-4000/100} Brote jede Nacht | {4-40} Karten rund um {=skill} | Ausbildung von {4-60} Lehrlingen in {=tool} | Einkauf bei {6-60} Höfen im Umkreis
         | Küche [eines Schiffs|einer Klinik|einer Schule] | {2-9} Jahre ein Stern
        result: {5-25} % weniger Abfall | auf {2-12} Monate ausgebucht | Wareneinsatz unter {24-32} %

        == biology
        name: Biologie
        level1: <Laborant/Laborantin> | <Doktorand/Doktorandin> | Technische Assistenz
        level2: <Biologe/Biologin> | <Biochemiker/Biochemikerin> | <Apotheker/Apothekerin> | <Ökologe/Ökologin>
        level3: Wissenschaftliche Mitarbeit | Laborleitung | <Toxikologe/Toxikologin>
        level4: <Professor/Professorin> | Gruppenleitung | Forschungsleitung
        org: Institut für [Molekularbiologie|Meereskunde|Pflanzenforschung] {=city} | {=name} [Biotech|Pharma|Diagnostik] | [Naturkundemuseum|Botanischer Garten] {=city}
        degree: Biologie | Biochemie | Pharmazie | Ökologie
        skills: Molekularbiologie (PCR, Klonierung, CRISPR, Sequenzierung) | Ökologie (Kartierung, Vogelberingung, Renaturierung) | Mikrobiologie (Zellkultur, Resistenzen, Phagen) | Pharmakologie (klinische Studien, Dosierung, Toxikologie)
         | Bioinformatik (Genome, R, Stammbäume) | Neurobiologie (Mikroskopie, Verhalten, Zebrafische) | Pflanzenforschung (Züchtung, Boden, Trockenheit) | Meeresbiologie (Korallen, Plankton, Tauchen)
        did: Sequenzierung von {20-900/10} [Genomen|Bodenproben|Tumoren] | Beschreibung von {2-19} neuen Arten von [Käfern|Moosen|Pilzen|Fröschen] | Studie mit {40-900/20} [Kranken|Parzellen|Mäusen] | Zählung von [Fledermäusen|Aalen|Orchideen] an {12-200/4} Orten
         | Aufbau eines Labors für {=skill} | {3-60} Veröffentlichungen über {=other} | Betreuung von {4-40} Abschlussarbeiten
        result: {50-2000/50} Mal zitiert | Grundlage eines [Impfstoffs|Schutzgebiets|Patents] | nach {3-11} Fehlversuchen

        == energy
        name: Energietechnik
        level1: <Elektroniker/Elektronikerin> in Ausbildung | Technischer Dienst
        level2: <Elektriker/Elektrikerin> | <Elektroingenieur/Elektroingenieurin> | <Energieberater/Energieberaterin>
        level3: <Netzplaner/Netzplanerin> | <Projektingenieur/Projektingenieurin> | Leitwarte
        level4: Leitung Netze | Kraftwerksleitung | Technische Geschäftsführung
        org: Stadtwerke {=city} | {=name} [Energie|Solar|Wind|Elektro] | [Kraftwerk|Netzgesellschaft|Umspannwerk] {=city}
        degree: Elektrotechnik | Energietechnik | Physik
        skills: Stromnetze (Lastfluss, Schutztechnik, Umspannwerke) | Windenergie (Gutachten, Rotorblätter, Hochsee) | Photovoltaik (Wechselrichter, Erträge, Dächer) | Elektroinstallation (Verteiler, Blitzschutz, Leitungen) | Speicher (Lithiumzellen, Netzdienste, Wiederverwertung)
         | Leistungselektronik (Umrichter, Antriebe, EMV) | Wasserkraft (Turbinen, Talsperren, Fischtreppen) | Wasserstoff (Elektrolyse, Brennstoffzellen, Sicherheit)
        did: Anschluss von {3-90} [Windparks|Solarparks|Dörfern|Kliniken] | Planung von {20-400/10} Kilometern [Kabel|Freileitung|Fernwärme] | Inbetriebnahme von {2-60} [Anlagen|Umspannwerken|Speichern] | Verkabelung von {10-300/10} [Häusern|Schiffen|Schulen]
         | Betrieb während [eines Sturms|eines Cyberangriffs|des Eiswinters] | Sanierung von {4-80} Gebäuden mit {=tool} | Reparaturen in {80-160/5} Metern Höhe
        result: {2-90} Tausend Tonnen CO₂ im Jahr gespart | {97-99} % verfügbar | {3-20} Wochen vor dem Termin
        """
}
