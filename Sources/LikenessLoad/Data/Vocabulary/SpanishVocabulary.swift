/// Spanish: as `EnglishVocabulary`.
enum SpanishVocabulary {
    static let text = """
        == all
        headline: {=title} | {=title} | {=title} en {=organization} | {=title}, {=skill} | {=title} · {=tool} | {=years} años en {=field}
        summary: {opening} {middle} {ending} | {opening} {middle} | {middle} {ending} | {opening} {middle} {more} {ending} | {opening} {more} {ending}
        opening: {=title} con {=years} años de [experiencia|oficio|práctica][, casi siempre en {=city}|, sobre todo en equipo|]. | Llevo {=years} años en {=field}, [hoy|ahora] {in2}. | [<Curioso/Curiosa>|<Paciente/Paciente>|<Tozudo/Tozuda>] y
         [puntual|de buen humor|<tranquilo/tranquila> bajo presión]: {=title}. | De {=other} pasé a {=skill}, {in2}. | Si me preguntan qué hago, empiezo por {=tool}.
        in2: en {=organization} | en {=city}
        middle: [Algunas etapas|Entre mis proyectos|Lo último]: {did}; {did}. | [De lo que más orgullo siento|Un año difícil|Un encargo típico]: {did}, {result}. | [Mi día a día|El centro de mi trabajo]: {=skill}, [sobre todo|en especial] {=tool}. | {did}, {result}.
        more: Me llaman cuando {=other} [se complica|falla|hay que repensarlo]. | He [formado|acompañado|dirigido] a {3-40} [personas|aprendices|colegas]. | {=tool} me [apasiona|intriga|desespera] todavía. | Sin {=other} nada [avanza|se sostiene].
        ending: [Los domingos|Por la noche|En mi tiempo libre] {hobby}. | [Busco|Me interesan] [nuevos proyectos|encargos cortos|un equipo pequeño|responsabilidades] en {=skill}. | Vivo en {=city}. | Próximo paso: {plan}.
        hobby: [toco la guitarra|canto en un coro|cultivo tomates|corro maratones despacio|juego al ajedrez|restauro muebles|hago pan|camino por la sierra|colecciono mapas|fotografío estaciones|remo|leo novela negra|cuido abejas|bailo tango]
        plan: [enseñar|profundizar en] {=skill} | fundar [un taller|una pequeña empresa|un estudio] | escribir sobre {=tool} | dirigir un equipo
        work: {w1} | {w1} {w2} | {w2} {w1} | {w1} {w3} | {w3} {w1} {w2} | {w1} {w1}
        w1: {did}, {result}. | {did}. | {did}; {did}. | Con {2-14} colegas: {did}. | [El primer año|En {3-18} meses|Al final]: {did}, {result}.
        w2: Responsable de {=skill} [y {=other}|en {2-9} sedes|con {2-30} personas|]. | Trabajo [diario|constante] con {=tool}. | [Introducción|Desarrollo] de {=tool} [paso a paso|contra cierta resistencia|en {3-15} meses]. | Presupuesto de {100-950/50} mil euros al año. | Guardias compartidas entre {2-7}.
        w3: Formación de {2-30} [nuevos|aprendices|estudiantes] en {=tool}. | Salida por [fin de proyecto|fusión|cierre de la sede]. | Lo más [duro|instructivo]: {=other}. | Sigue en uso.
        highlight: {did} | {did}, {result} | [Dirección|Creación|Relevo] de {=skill} para {2-40} [personas|clientes|sedes] | [Errores|Costes|Plazos] reducidos un {5-70} % | Introducción de {=tool}
        project: [Guía|Manual|Curso|Mapa|Boletín|Podcast]: {=skill} | {=tool} para [todos|principiantes|escuelas|pequeñas empresas]
        projectText: [Hecho|Escrito|Construido] entre {2-9} [amigos|voluntarios|colegas] [por las noches|en {2-20} meses|cada invierno]; {200-9800/100} [usuarios|lectores|visitas]. | {did}.
        volunteer: Voluntariado | Tesorería | Primeros auxilios | Entrenamiento | Mentoría | Lectura en voz alta
        volunteerOrg: [Banco de alimentos|Rescate de montaña|Club deportivo|Biblioteca|Casa de la juventud|Refugio de animales|Cruz Verde] de {=city}
        volunteerText: [Cada|Casi cada] [sábado|jueves|segundo domingo] con {5-60} más. | {=skill} para quienes [empiezan de nuevo|no pueden pagarlo]. | {1000-48000/500} euros reunidos para [el tejado|el campamento|nuevas salas].
        award: [Premio|Medalla] de {=skill} | Premio [joven|a la innovación|del público]
        awardText: Por [la introducción de|el trabajo en] {=tool}. | {3-12} elegidos entre {40-900}. |
        awarder: [Cámara|Academia|Sociedad|Colegio] de {=field} | {=organization} | Ciudad de {=city}
        paper: [Sobre la|Límites de la|Hacia una] práctica: {=skill} | {=tool} [en la vida diaria|de nuevo|y {=other}]
        publisher: [Revista|Anales|Cuadernos|Cartas] de {=field}
        certificate: {=tool}, [certificado|nivel {1-3}] | Especialista en {=skill} | [Primeros auxilios|Prevención|Formación de formadores]
        issuer: [Cámara|Instituto|Academia] de {=field} | Cámara de comercio de {=city}
        university: Universidad de {=city} | Universidad Politécnica de {=city} | Instituto Tecnológico de {=city}
        school: Centro de formación de {=city} | Escuela taller de {=city} | Instituto de oficios de {=city}
        master: Máster | Ingeniería superior | Maestría
        bachelor: Grado | Licenciatura | Diplomatura
        vocational: Formación profesional | Técnico superior
        course: [Introducción a|Historia de|Seminario de] {=skill} | {=tool} [I|II|taller]
        languageNames: inglés | alemán | francés | español | portugués | italiano | neerlandés | sueco | polaco | ucraniano | turco | árabe | hindi | mandarín | japonés | coreano | yoruba | persa
        native: Lengua materna
        fluency: Fluido | Bueno | Básico
        skillLevel: Básico | Avanzado | Experto | Maestro

        == software
        name: desarrollo de software
        level1: <Desarrollador/Desarrolladora> júnior | Prácticas de informática
        level2: <Desarrollador/Desarrolladora> | <Ingeniero/Ingeniera> de software | <Administrador/Administradora> de sistemas
        level3: <Desarrollador/Desarrolladora> sénior | <Arquitecto/Arquitecta> de software
        level4: <Director técnico/Directora técnica> | Jefatura de desarrollo
        org: {=name} [Software|Sistemas|Digital] | [Faro Digital|Nube Clara|Bit Norte|Código Abierto] {=city}
        degree: Informática | Ingeniería de software | Matemáticas
        skills: Sistemas distribuidos (Kafka, consenso, balanceo) | Bases de datos (PostgreSQL, planes de consulta, replicación) | Desarrollo web (TypeScript, React, accesibilidad) | Seguridad informática (TLS, pruebas de intrusión, amenazas) | Sistemas empotrados (C, tiempo real, bus CAN) | Operaciones (Kubernetes, monitorización, guardias) | Pruebas (automatización, integración continua, fuzzing)
        did: migración de {3-90} servicios [a la nube|a Kubernetes] | rediseño de [la facturación|las reservas|el buscador] en [Java|Go|Rust] | diseño de una interfaz para {4-60} equipos | caza de [fugas de memoria|bloqueos|consultas lentas] | sustitución de {5-40} mil líneas antiguas
        result: el doble de rápido desde entonces | sin un minuto de caída | para {2-90} mil usuarios | entregas diarias en vez de mensuales

        == data
        name: análisis de datos
        level1: Analista júnior | Ayudante de estadística
        level2: Analista de datos | <Estadístico/Estadística> | <Ingeniero/Ingeniera> de datos
        level3: Científica o científico de datos sénior | Jefatura de análisis
        level4: Dirección de datos
        org: {=name} [Datos|Estudios|Pronósticos] | Instituto de Estadística de {=city}
        degree: Estadística | Matemáticas | Econometría | Física
        skills: Aprendizaje automático (redes neuronales, validación cruzada, árboles) | Estadística (diseño de experimentos, modelos bayesianos, encuestas) | Procesamiento del lenguaje (vectores, transformadores, búsqueda) | Predicción (series temporales, demanda, escenarios) | Visión artificial (segmentación, cámaras, detección) | Visualización (R, tableros, mapas)
        did: predicción de [ventas|averías|cosechas|reingresos] | limpieza de {3-40} años de [mediciones|ventas|historias clínicas] | análisis de {5-90} ensayos de {=tool} | sustitución de {10-300} hojas de cálculo | auditoría de un modelo injusto con [mayores|zonas rurales]
        result: con {3-35} % menos de error | {1-30} millones de ahorro al año | código publicado

        == nursing
        name: enfermería
        level1: Auxiliar de enfermería | Estudiante de enfermería
        level2: <Enfermero/Enfermera> | <Matrón/Matrona> | Enfermería comunitaria
        level3: Enfermería de cuidados intensivos | <Supervisor/Supervisora> de planta
        level4: Dirección de enfermería
        org: [Hospital General|Hospital Universitario|Centro de Salud|Residencia] de {=city} | Hospital San [José|Juan|Rafael|Lucas]
        degree: Enfermería | Salud pública | Obstetricia
        skills: Cuidados intensivos (ventilación, sepsis, monitorización) | Heridas (apósitos, úlceras, pie diabético) | Cuidados paliativos (dolor, familias, final de vida) | Pediatría (prematuros, vacunas, familias) | Urgencias (triaje, traumatismos, reanimación) | Higiene (aislamiento, brotes, esterilización)
        did: cuidado de {4-32} pacientes por turno en [cirugía|cardiología|neurología] | triaje de {60-240/10} urgencias por noche | consulta de [dolor|heridas|caídas] | formación de {10-80} estudiantes en {=tool} | acompañamiento de {20-300/10} familias | {100-900/50} partos
        result: {10-60} % menos [caídas|infecciones|quejas] | copiado en {2-14} plantas | sin cerrar una cama

        == teaching
        name: educación
        level1: Monitor escolar | Maestra o maestro en prácticas
        level2: <Maestro/Maestra> de primaria | <Profesor/Profesora> de matemáticas | <Profesor/Profesora> de música
        level3: Jefatura de estudios | <Formador/Formadora> | Educación especial
        level4: <Director/Directora> de instituto
        org: [Colegio|Instituto|Escuela] {=name} | Universidad Popular de {=city}
        degree: Magisterio | Matemáticas | Filología | Historia
        skills: Didáctica (trabajo en grupo, diferenciación, evaluación) | Inclusión (dislexia, autismo, planes individuales) | Matemáticas (demostración, olimpiadas, cálculo mental) | Alfabetización (segunda lengua, teatro, fonética) | Ciencias (experimentos, robótica, salidas) | Educación digital (tabletas, vídeos, plataformas)
        did: clases de {18-34} niños [bilingües|de varios niveles] | club de [robótica|teatro|ajedrez] con {8-70} alumnos | preparación de {15-160/5} jóvenes para la selectividad | intercambios con {2-7} países | libro de {=skill}
        result: nadie sin título | los mejores exámenes en {5-20} años | lectura un {5-40} % mejor

        == finance
        name: finanzas
        level1: Contabilidad júnior | Auxiliar de auditoría
        level2: Contable | Analista de finanzas | <Auditor/Auditora>
        level3: Control de gestión | Gestión de riesgos | Asesoría fiscal
        level4: <Director financiero/Directora financiera> | Socia o socio de auditoría
        org: [Caja|Banco|Mutua] de {=city} | {=name} [Auditores|Asesores|Seguros]
        degree: Contabilidad | Economía | Administración de empresas
        skills: Contabilidad (NIIF, consolidación, cierre) | Auditoría (muestreo, control interno, fraude) | Riesgos (crédito, pruebas de estrés, Basilea III) | Fiscalidad (IVA, precios de transferencia, declaraciones) | Tesorería (liquidez, coberturas, bancos) | Seguros (tarifas, reservas, siniestros)
        did: cierre mensual de {3-60} sociedades | auditoría de [bancos|clínicas|empresas familiares] | fraude de {40-900/10} mil euros destapado | negociación con {3-14} bancos | {2-9} adquisiciones | paso de {=tool} a SAP
        result: sin salvedades | {1-40} millones liberados | a tiempo {3-15} años seguidos

        == mechanical
        name: mecánica
        level1: Delineante | Aprendiz de tornería
        level2: <Ingeniero mecánico/Ingeniera mecánica> | Técnica o técnico de producción | Matricería
        level3: Ingeniería de diseño sénior | Jefatura de calidad
        level4: Dirección de planta | Ingeniería jefe
        org: {=name} [Mecánica|Motores|Precisión|Bombas] | [Fundición|Talleres|Forja] de {=city}
        degree: Ingeniería mecánica | Mecatrónica | Materiales
        skills: Diseño mecánico (CAD, tolerancias, chapa) | Simulación (elementos finitos, fatiga, fluidos) | Fabricación (fresado, inyección, soldadura) | Calidad (Six Sigma, AMFE, metrología) | Robótica (pinzas, autómatas, visión) | Mantenimiento (vibraciones, repuestos, lubricación)
        did: diseño de [una caja de cambios|una bomba|una pinza] | puesta en marcha de {2-24} máquinas en {2-9} países | investigación de [soldaduras|juntas|cojinetes] rotos | banco de pruebas para {=tool} | automatización de una línea
        result: el doble de vida | {5-45} % menos rechazo | se fabrica todavía

        == construction
        name: construcción
        level1: Aprendiz de carpintería | <Albañil/Albañil>
        level2: <Ingeniero/Ingeniera> de caminos | <Arquitecto/Arquitecta> | <Carpintero/Carpintera> | Topografía
        level3: Jefatura de obra | Cálculo de estructuras
        level4: Dirección de obra | Socia o socio de estudio
        org: {=name} [Construcciones|Arquitectos|Maderas] | Cooperativa de viviendas de {=city}
        degree: Ingeniería civil | Arquitectura | Urbanismo
        skills: Estructuras (hormigón armado, acero, sismos) | Arquitectura (vivienda, concursos, BIM) | Carpintería (madera, cubiertas, escaleras) | Obra (plazos, subcontratas, seguridad) | Restauración (cal, piedra, vidrieras) | Rehabilitación energética (aislamiento, bombas de calor, estanqueidad)
        did: {6-240/2} viviendas [en madera|en una antigua estación] | restauración de [una iglesia|un molino|un teatro] de {1300-1890} | {2-40} kilómetros de [carretera|carril bici|red] | refuerzo de {2-30} puentes | reutilización del {40-95} % del material
        result: {2-14} semanas antes | sin accidentes graves | un {5-25} % bajo presupuesto

        == design
        name: diseño
        level1: Diseño júnior | Prácticas en estudio
        level2: <Diseñador gráfico/Diseñadora gráfica> | Diseño de producto | <Ilustrador/Ilustradora>
        level3: Dirección de arte | Diseño UX sénior
        level4: Dirección creativa | Estudio propio
        org: Estudio {=name} | Taller {=name} | [Tinta|Papel|Contraluz|Margen] {=city}
        degree: Diseño gráfico | Bellas artes | Diseño industrial
        skills: Investigación de usuarios (entrevistas, pruebas, perfiles) | Diseño de interacción (prototipos, Figma, componentes) | Tipografía (letras, libros, rotulación) | Identidad (logotipos, envases, manuales) | Ilustración (tinta, libro infantil, cómic) | Exposiciones (museos, señalética, luz)
        did: rediseño de [los formularios|la aplicación|las máquinas de billetes] para {2-90} mil personas | letra de {200-900/20} signos | entrevistas con {20-300/10} [viajeros|pacientes|agricultores] | {3-60} [cubiertas|carteles|sellos] | señalética de un [hospital|museo]
        result: impreso en {2-40} lenguas | {10-60} % menos llamadas | expuesto en {2-9} museos

        == marketing
        name: comunicación
        level1: Ayudante de marketing | Prácticas de redacción
        level2: <Redactor/Redactora> | Periodista | Comercial
        level3: Jefatura de marca | Grandes cuentas
        level4: Dirección de marketing | <Redactor/Redactora> jefe
        org: [El Diario|La Voz|El Correo] de {=city} | {=name} [Medios|Editorial|Publicidad]
        degree: Periodismo | Comunicación | Comercio
        skills: Estrategia de marca (posicionamiento, tono, estudios) | Buscadores (SEO, anuncios, palabras clave) | Redacción (titulares, discursos, boletines) | Ventas (cuentas, negociación, concursos) | Periodismo (investigación, entrevistas, verificación) | Eventos (ferias, congresos, patrocinio)
        did: lanzamiento de {2-30} productos en {2-18} mercados | {3-40} [clientes|concursos] ganados | investigación sobre [alquileres|agua|residuos] en {3-20} meses | boletín de {2-9} a {20-400/5} mil lectores | {4-40} ferias
        result: ventas un {6-140} % más altas | a mitad de precio | cambió una ley

        == law
        name: derecho
        fits: Juez, Fiscal, Presidencia = Tribunal/Juzgado/Audiencia
        level1: Pasantía en bufete | Asistente legal
        level2: <Abogado/Abogada> | <Notario/Notaria> | Asesoría jurídica
        level3: <Juez/Jueza> | Fiscal | Asesoría sénior
        level4: Dirección jurídica | Presidencia de tribunal
        org: Bufete {=name} | [Tribunal|Juzgado|Audiencia] de {=city}
        degree: Derecho | Derecho europeo | Criminología
        skills: Derecho laboral (despidos, convenios, pensiones) | Contratos (licencias, suministros, arbitraje) | Derecho penal (defensa, recursos, menores) | Protección de datos (RGPD, consentimiento, impacto) | Derecho de familia (custodia, mediación, alimentos) | Asilo (entrevistas, recursos, reagrupación)
        did: defensa de {20-900/10} [inquilinos|trabajadores|inventores] | negociación de {=tool} | {3-40} casos ante el [Tribunal Supremo|Constitucional] | formación de {30-400/10} jueces | {200-2000/50} expedientes cerrados
        result: {60-95} % ganados | sin juicio | citado en {4-60} sentencias

        == logistics
        name: logística
        level1: Mozo de almacén | <Conductor/Conductora>
        level2: Tráfico | <Comprador/Compradora> | Maquinista
        level3: Jefatura de almacén | <Capitán/Capitana> | Jefatura de flota
        level4: Dirección de logística | Dirección del puerto
        org: {=name} [Transportes|Carga|Naviera] | Puerto de {=city} | [Andes|Cantábrico|Pacífico] Express
        degree: Logística | Transporte | Náutica
        skills: Almacén (preparación, carretillas, inventario) | Aprovisionamiento (SAP, previsión, proveedores) | Navegación (estiba, escalas, fletes) | Aduanas (aranceles, origen, exportación) | Carretera (rutas, flota, cadena de frío) | Ferrocarril (horarios, maniobras, señales)
        did: {30-600/10} [camiones|contenedores|trenes] por semana | apertura de un almacén de {4-90} mil metros | paso de {=tool} al tren | vacunas para {20-400/10} consultas | viajes en vacío del {25-45} al {8-20} %
        result: {94-99} % puntual | {8-40} % menos gasóleo | sin un envío perdido

        == culinary
        name: hostelería
        fits: hotel > Hotel; anader > Panadería; Pastel > Pastelería/Hotel; Maître > Casa/Mesón/Taberna/Hotel
        level1: Ayudante de cocina | <Camarero/Camarera> | Aprendiz de panadería
        level2: Jefatura de partida | <Panadero/Panadera> | <Pastelero/Pastelera> | Sumiller
        level3: Segunda jefatura de cocina | Maître
        level4: <Cocinero/Cocinera> jefe | Dirección de hotel
        org: [Casa|Mesón|Taberna] {=name} | Hotel [Central|del Mar|Miramar] {=city} | [Panadería|Pastelería] {=name}
        degree: Gastronomía | Turismo
        skills: Cocina (cartas, costes, higiene) | Panadería (masa madre, centeno, hojaldre) | Pastelería (chocolate, azúcar, helados) | Vino (maridaje, bodega, catas) | Cocina vegetal (legumbres, hierbas, fermentación) | Hotelería (recepción, pisos, banquetes)
        did: {40-900/10} comensales al día | apertura de [una taberna|una panadería|un comedor] | {200-4000/100} panes cada noche | {4-40} cartas de {=skill} | formación de {4-60} aprendices | compra en {6-60} huertas
        result: {5-25} % menos desperdicio | completo a {2-12} meses | una estrella durante {2-9} años

        == biology
        name: biología
        level1: Técnica o técnico de laboratorio | Doctorado en curso
        level2: <Biólogo/Bióloga> | Bioquímica | <Farmacéutico/Farmacéutica> | <Ecólogo/Ecóloga>
        level3: Investigación posdoctoral | Jefatura de laboratorio
        level4: <Catedrático/Catedrática> | Dirección de investigación
        org: Instituto de Biología [Marina|Molecular|Vegetal] de {=city} | {=name} [Biotec|Diagnósticos] | Jardín Botánico de {=city}
        degree: Biología | Bioquímica | Farmacia | Ecología
        skills: Biología molecular (PCR, clonación, CRISPR) | Ecología (censos, anillamiento, restauración) | Microbiología (cultivos, resistencias, fagos) | Farmacología (ensayos clínicos, dosis, toxicología) | Bioinformática (genomas, R, filogenia) | Biología marina (corales, plancton, buceo)
        did: secuenciación de {20-900/10} [genomas|suelos|tumores] | descripción de {2-19} especies de [musgos|escarabajos|ranas] | ensayo con {40-900/20} [pacientes|parcelas|ratones] | censo de [murciélagos|anguilas|orquídeas] | {3-60} artículos sobre {=other}
        result: citado {50-2000/50} veces | origen de [una vacuna|una patente|una reserva] | tras {3-11} fracasos

        == energy
        name: energía
        level1: Aprendiz de electricidad | Servicio técnico
        level2: Electricista | <Ingeniero eléctrico/Ingeniera eléctrica> | Asesoría energética
        level3: Ingeniería de proyectos | Operación de red
        level4: Dirección de central | Dirección técnica
        org: Energía de {=city} | {=name} [Solar|Eólica|Eléctrica] | Central de {=city}
        degree: Ingeniería eléctrica | Energías renovables | Física
        skills: Redes eléctricas (flujos, protecciones, subestaciones) | Eólica (emplazamientos, palas, en alta mar) | Fotovoltaica (inversores, rendimiento, cubiertas) | Instalaciones (cuadros, pararrayos, cableado) | Baterías (litio, servicios de red, reciclaje) | Hidroeléctrica (turbinas, presas, escalas de peces)
        did: conexión de {3-90} [parques eólicos|pueblos|hospitales] | {20-400/10} kilómetros de [cable|línea|red de calor] | puesta en marcha de {2-60} [turbinas|subestaciones|baterías] | servicio durante [un temporal|un ciberataque] | rehabilitación de {4-80} edificios
        result: {2-90} mil toneladas de CO₂ menos al año | {97-99} % de disponibilidad | {3-20} semanas antes
        """
}
