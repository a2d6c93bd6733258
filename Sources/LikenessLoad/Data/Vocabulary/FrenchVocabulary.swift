/// French: as `EnglishVocabulary`.
enum FrenchVocabulary {
    static let text = """
        == all
        headline: {=title} | {=title} | {=title} chez {=organization} | {=title}, {=skill} | {=title} · {=tool} | {=years} ans dans le domaine {=field}
        summary: {opening} {middle} {ending} | {opening} {middle} | {middle} {ending} | {opening} {middle} {more} {ending} | {opening} {more} {ending}
        opening: {=title} avec {=years} ans [d'expérience|de pratique|de métier][, d'abord à {=city}|, surtout en équipe|]. | Depuis {=years} ans je travaille dans le domaine {=field}, [aujourd'hui|désormais] {in2}. | <Curieux/Curieuse>,
         [<patient/patiente>|<exigeant/exigeante>|<obstiné/obstinée>] et [toujours à l'heure|facile à vivre|calme sous pression]. | Mon parcours va de {=other} à {=skill}, {in2}. | Si l'on me demande mon métier, je parle d'abord de {=tool}.
        in2: chez {=organization} | à {=city}
        middle: [Quelques étapes|Parmi mes projets|Dernièrement] : {did} ; {did}. | [Ma fierté|Un projet marquant|Une année difficile] : {did}, {result}. | [Mon quotidien|Le cœur de mon travail] : {=skill}, [surtout|en particulier] {=tool}. | {did}, {result}.
        more: On vient me voir quand {=other} [coince|se complique|doit changer]. | J'ai [formé|accompagné|encadré] {3-40} [personnes|apprentis|collègues]. | {=tool} me [passionne|résiste|fascine] encore. | Sans {=other}, rien [n'avance|ne tient].
        ending: [Le week-end|Le soir|À mes heures perdues], {hobby}. | [<Ouvert/Ouverte> à|À la recherche de] [nouveaux projets|missions courtes|une petite équipe|responsabilités] autour de {=skill}. | [<Installé/Installée>|Chez moi] à {=city}. | Prochaine étape : {plan}.
        hobby: je [joue du violon|chante dans un chœur|jardine|cours des semi-marathons|joue aux échecs|restaure des meubles|fais du pain|randonne|collectionne les cartes|photographie les gares|rame|lis des polars|élève des abeilles]
        plan: [enseigner|approfondir|transmettre] {=skill} | fonder [un atelier|une petite entreprise|un cabinet] | écrire sur {=tool} | diriger une équipe
        work: {w1} | {w1} {w2} | {w2} {w1} | {w1} {w3} | {w3} {w1} {w2} | {w1} {w1}
        w1: {did}, {result}. | {did}. | {did} ; {did}. | Avec {2-14} collègues : {did}. | [La première année|En {3-18} mois|Pour finir] : {did}, {result}.
        w2: Responsable de {=skill} [et de {=other}|sur {2-9} sites|avec {2-30} personnes|]. | [Travail quotidien|Beaucoup de travail] avec {=tool}. | [Introduction|Développement] de {=tool} [pas à pas|malgré les réticences|en {3-15} mois]. | Budget de {100-950/50} mille euros par an. | Astreintes partagées à {2-7}.
        w3: Formation de {2-30} [nouveaux|apprentis|étudiants] à {=tool}. | Départ à la [fin du projet|fusion|fermeture du site]. | Le plus [dur|instructif] : {=other}. | Toujours en service.
        highlight: {did} | {did}, {result} | [Direction|Création|Reprise] de {=skill} pour {2-40} [personnes|clients|sites] | [Erreurs|Coûts|Délais] réduits de {5-70} % | Introduction de {=tool}
        project: [Guide|Manuel|Cours|Carte|Lettre d'information|Podcast] : {=skill} | {=tool} pour [tous|débutants|les écoles|les petites entreprises]
        projectText: [Réalisé|Écrit|Construit] à {2-9} [amis|bénévoles|collègues] [le soir|en {2-20} mois|chaque hiver] ; {200-9800/100} [utilisateurs|lecteurs|visiteurs]. | {did}.
        volunteer: Bénévole | Trésorier ou trésorière | Secouriste | Entraînement | Parrainage | Lecture à voix haute
        volunteerOrg: [Banque alimentaire|Secours en montagne|Club de sport|Café réparation|Bibliothèque|Maison des jeunes|Refuge] de {=city}
        volunteerText: [Chaque|Presque chaque] [samedi|jeudi soir|deuxième dimanche] avec {5-60} autres. | {=skill} pour ceux qui [recommencent|n'ont pas les moyens]. | {1000-48000/500} euros réunis pour [le toit|les vacances des enfants|de nouveaux locaux].
        award: [Prix|Médaille|Trophée] {=skill} | Prix [du jeune talent|de l'innovation|du public]
        awardText: Pour [l'introduction de|le travail sur] {=tool}. | {3-12} retenus sur {40-900}. |
        awarder: [Chambre|Académie|Société|Association] {=field} | {=organization} | Ville de {=city}
        paper: [De la|Limites de la|Vers une] pratique : {=skill} | {=tool} [au quotidien|revisité|et {=other}]
        publisher: [Revue|Annales|Cahiers|Lettres] {=field}
        certificate: {=tool}, [certificat|niveau {1-3}] | Spécialiste {=skill} | [Secourisme|Sécurité|Formation de formateurs]
        issuer: [Chambre|Institut|Académie] {=field} | Chambre de commerce de {=city}
        university: Université de {=city} | École supérieure de {=city} | Institut universitaire de {=city}
        school: Lycée professionnel de {=city} | Centre de formation de {=city} | École des métiers de {=city}
        master: Master | Diplôme d'ingénieur | Magistère
        bachelor: Licence | Bachelor | DUT
        vocational: CAP | Brevet professionnel | BTS
        course: [Introduction à|Histoire de|Séminaire] {=skill} | {=tool} [I|II|atelier]
        languageNames: anglais | allemand | français | espagnol | portugais | italien | néerlandais | suédois | polonais | ukrainien | turc | arabe | hindi | mandarin | japonais | coréen | yoruba | persan
        native: Langue maternelle
        fluency: Courant | Bon niveau | Notions
        skillLevel: Débutant | Confirmé | Expert | Maître

        == software
        name: développement logiciel
        level1: <Développeur/Développeuse> junior | Alternance en informatique
        level2: <Développeur/Développeuse> | <Ingénieur logiciel/Ingénieure logiciel> | <Administrateur/Administratrice> système
        level3: <Développeur/Développeuse> senior | Architecte logiciel | Experte ou expert sécurité
        level4: <Directeur technique/Directrice technique> | Responsable du développement
        org: {=name} [Logiciels|Systèmes|Numérique] | [Octet Bleu|Ligne Claire|Le Nuage|Pixel & Fils] {=city}
        degree: Informatique | Génie logiciel | Mathématiques appliquées
        skills: Systèmes répartis (Kafka, consensus, répartition de charge) | Bases de données (PostgreSQL, plans de requêtes, réplication) | Développement web (TypeScript, React, accessibilité) | Sécurité informatique (TLS, tests d'intrusion, analyse des menaces)
         | Systèmes embarqués (C, temps réel, bus CAN) | Exploitation (Kubernetes, supervision, astreinte) | Tests (automatisation, intégration continue, fuzzing)
        did: migration de {3-90} services [vers le nuage|vers Kubernetes] | refonte [de la facturation|de la recherche|des réservations] en [Java|Go|Rust] | conception d'une interface pour {4-60} équipes | chasse aux [fuites de mémoire|blocages|requêtes lentes] | remplacement de {5-40} mille lignes anciennes
        result: deux fois plus rapide depuis | sans une minute d'arrêt | pour {2-90} mille utilisateurs | livré chaque jour au lieu de chaque mois

        == data
        name: analyse de données
        level1: Analyste junior | <Chargé/Chargée> d'études
        level2: Analyste de données | <Statisticien/Statisticienne> | <Ingénieur/Ingénieure> données
        level3: Data scientist senior | Responsable d'études statistiques
        level4: <Directeur/Directrice> des données
        org: {=name} [Données|Études|Prévisions] | Institut de la statistique de {=city}
        degree: Statistique | Mathématiques | Économétrie | Physique
        skills: Apprentissage automatique (réseaux de neurones, validation croisée, forêts aléatoires) | Statistique (plans d'expérience, modèles bayésiens, sondages) | Traitement du langage (plongements, transformeurs, recherche) | Prévision (séries temporelles, demande, scénarios)
         | Vision par ordinateur (segmentation, caméras, détection) | Visualisation (R, tableaux de bord, cartes)
        did: prévision [des ventes|des pannes|des récoltes|des réadmissions] | nettoyage de {3-40} ans de [mesures|ventes|dossiers] | analyse de {5-90} essais sur {=tool} | remplacement de {10-300} tableurs | audit d'un modèle injuste envers [les seniors|les zones rurales]
        result: {3-35} % d'erreurs en moins | {1-30} millions économisés par an | code publié depuis

        == nursing
        name: soins infirmiers
        level1: <Aide-soignant/Aide-soignante> | <Étudiant infirmier/Étudiante infirmière>
        level2: <Infirmier/Infirmière> | Sage-femme | <Infirmier libéral/Infirmière libérale>
        level3: <Infirmier/Infirmière> de réanimation | Cadre de santé
        level4: <Directeur/Directrice> des soins | Cadre supérieur de santé
        org: [Centre hospitalier|Hôpital universitaire|Clinique|Maison de retraite] de {=city} | [Hôpital|Clinique] Saint-[Joseph|Luc|Antoine|Louis]
        degree: Sciences infirmières | Santé publique | Maïeutique
        skills: Réanimation (ventilation, sepsis, surveillance) | Plaies et cicatrisation (pansements, escarres, pied diabétique) | Soins palliatifs (douleur, familles, fin de vie) | Pédiatrie (prématurés, vaccination, parents) | Urgences (triage, traumatismes, réanimation) | Hygiène (isolement, épidémies, stérilisation)
        did: soins à {4-32} patients par garde en [chirurgie|cardiologie|neurologie] | tri de {60-240/10} urgences par nuit | création d'une consultation [douleur|plaies|chutes] | formation de {10-80} étudiants à {=tool} | accompagnement de {20-300/10} familles | {100-900/50} naissances
        result: {10-60} % de [chutes|infections|plaintes] en moins | repris dans {2-14} services | sans fermer un seul lit

        == teaching
        name: enseignement
        level1: <Assistant/Assistante> d'éducation | Professeur stagiaire
        level2: Professeur des écoles | Professeur de mathématiques | Professeur de musique
        level3: Professeur agrégé | <Formateur/Formatrice> | <Enseignant spécialisé/Enseignante spécialisée>
        level4: Proviseur | <Directeur/Directrice> d'école
        org: [École|Collège|Lycée] {=name} | Université populaire de {=city}
        degree: Sciences de l'éducation | Mathématiques | Lettres modernes | Histoire
        skills: Pédagogie (travail de groupe, différenciation, évaluation) | Inclusion (dyslexie, autisme, plans individuels) | Mathématiques (démonstration, concours, calcul mental) | Français langue étrangère (alphabétisation, théâtre, phonétique) | Sciences (expériences, robotique, sorties) | Numérique éducatif (tablettes, vidéos, plateformes)
        did: classes de {18-34} élèves [bilingues|à plusieurs niveaux] | création d'un club [de robotique|de théâtre|d'échecs] de {8-70} élèves | préparation de {15-160/5} élèves au baccalauréat | échanges avec {2-7} pays | manuel de {=skill}
        result: aucun élève sans diplôme | les meilleurs résultats depuis {5-20} ans | lecture en hausse de {5-40} %

        == finance
        name: finance
        level1: Comptable junior | Assistant d'audit | Guichet bancaire
        level2: Comptable | Analyste financier | <Auditeur/Auditrice>
        level3: <Contrôleur/Contrôleuse> de gestion | Expert-comptable | Gestionnaire de risques
        level4: <Directeur financier/Directrice financière> | Associé d'audit
        org: [Caisse d'épargne|Mutuelle|Crédit] de {=city} | {=name} [Audit|Conseil|Assurances]
        degree: Comptabilité | Finance | Économie
        skills: Comptabilité (IFRS, consolidation, clôture) | Audit (sondages, contrôle interne, fraude) | Gestion des risques (crédit, tests de résistance, Bâle III) | Fiscalité (TVA, prix de transfert, déclarations) | Trésorerie (liquidité, couverture, banques) | Assurance (tarifs, provisions, sinistres)
        did: clôture mensuelle de {3-60} sociétés | audit de [banques|cliniques|entreprises familiales] | découverte d'une fraude de {40-900/10} mille euros | négociation avec {3-14} banques | {2-9} acquisitions | passage de {=tool} à SAP
        result: sans aucune réserve | {1-40} millions libérés | à l'heure {3-15} ans de suite

        == mechanical
        name: mécanique
        level1: <Dessinateur/Dessinatrice> | Apprentissage en usinage
        level2: <Ingénieur mécanicien/Ingénieure mécanicienne> | <Technicien/Technicienne> de production | Outilleur
        level3: Ingénieur d'études senior | Responsable qualité
        level4: <Directeur/Directrice> d'usine | Ingénieur en chef
        org: {=name} [Mécanique|Moteurs|Précision|Pompes] | [Fonderie|Forges|Ateliers] de {=city}
        degree: Génie mécanique | Mécatronique | Matériaux
        skills: Conception (CAO, tolérances, tôlerie) | Calcul (éléments finis, fatigue, écoulements) | Fabrication (fraisage, injection, soudage) | Qualité (Six Sigma, AMDEC, métrologie) | Robotique (préhenseurs, automates, vision) | Maintenance (vibrations, pièces, lubrification)
        did: conception [d'une boîte de vitesses|d'une pompe|d'un préhenseur] | mise en service de {2-24} machines dans {2-9} pays | enquête sur des [soudures|joints|roulements] cassés | banc d'essai pour {=tool} | automatisation d'une ligne
        result: durée de vie doublée | {5-45} % de rebuts en moins | toujours fabriqué

        == construction
        name: bâtiment
        level1: Apprentissage en charpente | <Maçon/Maçonne>
        level2: <Ingénieur civil/Ingénieure civile> | Architecte | <Charpentier/Charpentière> | Géomètre
        level3: <Conducteur/Conductrice> de travaux | Ingénieur structures | Chef de projet
        level4: <Directeur/Directrice> de travaux | Architecte associé
        org: {=name} [Construction|Charpente|Architectes] | Compagnons de {=city}
        degree: Génie civil | Architecture | Urbanisme
        skills: Structures (béton armé, acier, séismes) | Architecture (logement, concours, BIM) | Charpente (bois, assemblages, escaliers) | Conduite de chantier (plannings, sous-traitants, sécurité) | Restauration (chaux, pierre, vitraux) | Rénovation énergétique (isolation, pompes à chaleur, étanchéité)
        did: {6-240/2} logements [en bois|sur une ancienne gare] | restauration [d'une église|d'un moulin|d'un théâtre] de {1300-1890} | {2-40} kilomètres de [route|piste cyclable|réseau] | renforcement de {2-30} ponts | réemploi de {40-95} % des matériaux
        result: {2-14} semaines d'avance | sans accident grave | {5-25} % sous le budget

        == design
        name: design
        level1: Graphiste junior | Stage en agence
        level2: Graphiste | Designer produit | <Illustrateur/Illustratrice>
        level3: <Directeur/Directrice> artistique | Designer UX senior
        level4: <Directeur/Directrice> de création | Studio à son nom
        org: Studio {=name} | Atelier {=name} | [Encre|Papier|Contre-jour|Marge] {=city}
        degree: Design graphique | Arts décoratifs | Design industriel
        skills: Recherche utilisateur (entretiens, tests, personas) | Design d'interaction (prototypes, Figma, composants) | Typographie (dessin de caractères, livres, lettrage) | Identité visuelle (logos, emballage, chartes) | Illustration (encre, livres jeunesse, bande dessinée) | Scénographie (musées, signalétique, lumière)
        did: refonte [des formulaires|de l'application|des bornes] de {2-90} mille personnes | caractère de {200-900/20} signes | entretiens avec {20-300/10} [voyageurs|patients|paysans] | {3-60} [couvertures|affiches|timbres] | signalétique d'un [hôpital|musée]
        result: imprimé en {2-40} langues | {10-60} % d'appels en moins | exposé dans {2-9} musées

        == marketing
        name: communication
        level1: <Assistant/Assistante> marketing | Stage de rédaction
        level2: <Rédacteur/Rédactrice> | Journaliste | <Commercial/Commerciale>
        level3: Chef de marque | Grands comptes
        level4: <Rédacteur en chef/Rédactrice en chef> | <Directeur/Directrice> marketing
        org: [Le Courrier|La Gazette|L'Écho] de {=city} | {=name} [Médias|Édition|Publicité]
        degree: Journalisme | Communication | Commerce
        skills: Stratégie de marque (positionnement, ton, études) | Référencement (mots-clés, annonces, pages) | Rédaction (titres, discours, lettres) | Vente (grands comptes, négociation, appels d'offres) | Journalisme (enquêtes, entretiens, vérification) | Événements (salons, colloques, mécénat)
        did: lancement de {2-30} produits sur {2-18} marchés | {3-40} [clients|appels d'offres] gagnés | enquête sur [les loyers|l'eau|les déchets] en {3-20} mois | lettre passée de {2-9} à {20-400/5} mille lecteurs | {4-40} salons
        result: ventes en hausse de {6-140} % | à moitié prix | une loi a changé

        == law
        name: droit
        fits: Magistrat, tribunal = Tribunal/Cour d'appel/Conseil
        level1: <Avocat stagiaire/Avocate stagiaire> | Assistant juridique
        level2: <Avocat/Avocate> | Juriste | Notaire
        level3: Magistrat | Juriste senior | <Avocat/Avocate> à la cour
        level4: <Directeur/Directrice> juridique | Présidente ou président de tribunal
        org: Cabinet {=name} | [Tribunal|Cour d'appel|Conseil de prud'hommes] de {=city}
        degree: Droit | Droit européen | Criminologie
        skills: Droit du travail (licenciements, conventions, retraites) | Contrats (licences, fournitures, arbitrage) | Droit pénal (défense, appels, mineurs) | Données personnelles (RGPD, consentement, analyses d'impact) | Droit de la famille (garde, médiation, pensions) | Droit d'asile (auditions, recours, réunification)
        did: défense de {20-900/10} [locataires|salariés|inventeurs] | négociation de {=tool} | {3-40} affaires devant la [Cour de cassation|cour administrative] | formation de {30-400/10} juges | {200-2000/50} vieux dossiers clos
        result: {60-95} % gagnées | sans procès | cité dans {4-60} arrêts

        == logistics
        name: logistique
        level1: <Magasinier/Magasinière> | Conducteur routier
        level2: <Affréteur/Affréteuse> | <Acheteur/Acheteuse> | Conducteur de train
        level3: Responsable d'entrepôt | Capitaine | Responsable de parc
        level4: <Directeur/Directrice> logistique | <Directeur/Directrice> du port
        org: {=name} [Transports|Fret|Maritime] | Port de {=city} | [Rhône|Atlantique|Alpes] Express
        degree: Logistique | Transport | Marine marchande
        skills: Entrepôt (préparation, chariots, inventaire) | Approvisionnement (SAP, prévisions, fournisseurs) | Navigation (escales, arrimage, affrètement) | Douane (tarifs, origine, export) | Route (tournées, parc, chaîne du froid) | Rail (horaires, triage, signaux)
        did: {30-600/10} [camions|conteneurs|trains] par semaine | ouverture d'un entrepôt de {4-90} mille mètres carrés | report de {=tool} sur le rail | vaccins pour {20-400/10} cabinets | retours à vide de {25-45} à {8-20} %
        result: {94-99} % à l'heure | {8-40} % de gazole en moins | sans un colis perdu

        == culinary
        name: restauration
        fits: Direct > Hôtel; oulang > Boulangerie; âtissi > Pâtisserie/Hôtel; Maître > Chez/Auberge/Brasserie/Hôtel
        level1: Commis de cuisine | <Serveur/Serveuse> | Apprentissage en boulangerie
        level2: Chef de partie | <Boulanger/Boulangère> | <Pâtissier/Pâtissière> | <Sommelier/Sommelière>
        level3: Second de cuisine | Chef pâtissier | Maître d'hôtel
        level4: <Chef/Cheffe> de cuisine | <Directeur/Directrice> d'hôtel
        org: [Chez|Auberge|Brasserie] {=name} | Hôtel [de la Gare|du Lac|Bellevue] {=city} | [Boulangerie|Pâtisserie] {=name}
        degree: Arts culinaires | Hôtellerie
        skills: Cuisine (cartes, coûts, hygiène) | Boulangerie (levain, seigle, viennoiserie) | Pâtisserie (chocolat, sucre, glaces) | Vin (accords, cave, dégustation) | Cuisine végétale (légumineuses, cueillette, fermentation) | Hôtellerie (accueil, étages, banquets)
        did: {40-900/10} couverts par jour | ouverture [d'un bistrot|d'une boulangerie|d'une cantine] | {200-4000/100} pains par nuit | {4-40} cartes autour de {=skill} | formation de {4-60} apprentis | achats dans {6-60} fermes
        result: {5-25} % de pertes en moins | complet {2-12} mois à l'avance | une étoile gardée {2-9} ans

        == biology
        name: biologie
        level1: <Technicien/Technicienne> de laboratoire | Doctorat en cours
        level2: Biologiste | Biochimiste | <Pharmacien/Pharmacienne> | Écologue
        level3: <Chargé/Chargée> de recherche | Responsable de laboratoire
        level4: Professeur des universités | <Directeur/Directrice> de recherche
        org: Institut de biologie [marine|moléculaire|végétale] de {=city} | {=name} [Biotech|Diagnostics] | Jardin botanique de {=city}
        degree: Biologie | Biochimie | Pharmacie | Écologie
        skills: Biologie moléculaire (PCR, clonage, CRISPR) | Écologie (relevés, baguage, restauration) | Microbiologie (cultures, résistances, phages) | Pharmacologie (essais cliniques, dosage, toxicologie) | Bio-informatique (génomes, R, phylogénie) | Biologie marine (coraux, plancton, plongée)
        did: séquençage de {20-900/10} [génomes|sols|tumeurs] | description de {2-19} espèces de [mousses|scarabées|champignons] | essai sur {40-900/20} [patients|parcelles|souris] | comptage de [chauves-souris|anguilles|orchidées] | {3-60} articles sur {=other}
        result: cité {50-2000/50} fois | à l'origine d'un [vaccin|brevet|parc protégé] | après {3-11} échecs

        == energy
        name: énergie
        level1: <Électricien/Électricienne> en apprentissage | Technicien réseau
        level2: <Électricien/Électricienne> | <Ingénieur/Ingénieure> électrique | Conseil en énergie
        level3: <Ingénieur/Ingénieure> projet | Conduite du réseau
        level4: <Directeur/Directrice> de centrale | <Directeur/Directrice> technique
        org: Énergies de {=city} | {=name} [Solaire|Éolien|Électricité] | Centrale de {=city}
        degree: Génie électrique | Énergies renouvelables | Physique
        skills: Réseaux électriques (flux, protections, postes) | Éolien (études de site, pales, en mer) | Photovoltaïque (onduleurs, rendement, toitures) | Installation électrique (tableaux, foudre, câblage) | Stockage (lithium, services réseau, recyclage) | Hydroélectricité (turbines, barrages, passes à poissons)
        did: raccordement de {3-90} [parcs éoliens|villages|hôpitaux] | {20-400/10} kilomètres de [câbles|lignes|réseau de chaleur] | mise en service de {2-60} [postes|turbines|batteries] | maintien du réseau pendant [la tempête|une cyberattaque] | rénovation de {4-80} bâtiments
        result: {2-90} mille tonnes de CO₂ évitées par an | {97-99} % de disponibilité | {3-20} semaines d'avance
        """
}
