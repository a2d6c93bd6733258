/// Names and cities of twenty cultures. `share` is in percent; `writes` is the language in which most profiles are written.
/// Family names may differ for men and women, as in `<Kowalski/Kowalska>`.
enum CultureVocabulary {
    static let text = """
        == British
        share: 12
        speaks: English
        writes: English
        male: James | Oliver | George | Harry | Thomas | William | Callum | Rhys | Alistair | Nigel | Gareth | Edward | Simon | Duncan | Hugh | Toby
        female: Charlotte | Emily | Olivia | Fiona | Gwen | Harriet | Isla | Jessica | Moira | Nicola | Poppy | Rosemary | Sian | Beatrice | Heather | Imogen
        family: Smith | Jones | Taylor | Hughes | MacLeod | Ashworth | Pritchard | Campbell | Wright | Whitfield | Holloway | Fairbairn | Bennett | Turner | Llewellyn | Marsh | Sutton | Drummond | Harper | Cole
        city: London, GB | Manchester, GB | Leeds, GB | Glasgow, GB | Cardiff, GB | Bristol, GB | Belfast, GB | Sheffield, GB
        == American
        share: 12
        speaks: English
        writes: English
        male: Michael | Tyler | Marcus | Ethan | Jamal | Wyatt | Andre | Dwayne | Logan | Caleb | Darnell | Travis | Elijah | Brandon | Cody | Malik
        female: Ashley | Madison | Keisha | Brianna | Tamika | Abigail | Savannah | Destiny | Megan | Hailey | Latoya | Jasmine | Paige | Autumn | Whitney | Imani
        family: Johnson | Williams | Brown | Davis | Miller | Washington | Jefferson | Carter | Mitchell | Robinson | Brooks | Hayes | Coleman | Peterson | Bradley | Stone | Whitaker | Freeman | Sanders | Ortiz
        city: Chicago, US | Seattle, US | Austin, US | Boston, US | Atlanta, US | Denver, US | Detroit, US | Oakland, US | Toronto, CA | Vancouver, CA
        == German
        share: 12
        speaks: German
        writes: German
        male: Lukas | Jonas | Felix | Matthias | Jürgen | Stefan | Tobias | Uwe | Karl | Moritz | Sebastian | Holger | Florian | Björn | Ruben | Anton
        female: Anna | Lena | Katharina | Sabine | Heike | Johanna | Greta | Ursula | Jana | Friederike | Silke | Marlene | Theresa | Birgit | Nele | Frauke
        family: Müller | Schmidt | Schneider | Fischer | Weber | Wagner | Becker | Hoffmann | Schäfer | Köhler | Krüger | Vogel | Lindner | Brandt | Seidel | Winkler | Böhm | Kessler | Huber | Thielemann
        city: Berlin, DE | Hamburg, DE | München, DE | Köln, DE | Leipzig, DE | Stuttgart, DE | Dresden, DE | Bremen, DE | Wien, AT | Graz, AT | Zürich, CH | Basel, CH
        == French
        share: 8
        speaks: French
        writes: French
        male: Antoine | Guillaume | Mathieu | Hugo | Thierry | Pascal | Rémi | Olivier | Julien | Baptiste | Étienne | Yann | Luc | Adrien | Gilles | Maxime
        female: Camille | Élodie | Manon | Juliette | Margaux | Chantal | Sylvie | Hélène | Amélie | Solène | Clémence | Noémie | Brigitte | Inès | Agathe | Maëlle
        family: Martin | Bernard | Dubois | Moreau | Lefèvre | Girard | Fontaine | Chevalier | Rousseau | Mercier | Le Goff | Gauthier | Perrin | Lambert | Marchand | Renaud | Delacroix | Vasseur | Caron | Berger
        city: Paris, FR | Lyon, FR | Marseille, FR | Nantes, FR | Toulouse, FR | Lille, FR | Rennes, FR | Bruxelles, BE | Genève, CH | Montréal, CA
        == Spanish
        share: 6
        speaks: Spanish
        writes: Spanish
        male: Javier | Álvaro | Pablo | Sergio | Íñigo | Rubén | Manuel | Andrés | Joaquín | Ignacio | Gonzalo | Raúl
        female: Lucía | Carmen | Marta | Pilar | Nuria | Elena | Rocío | Beatriz | Alba | Inmaculada | Ainhoa | Montserrat
        family: García | Fernández | López | Martínez | Sánchez | Iglesias | Navarro | Ortega | Vidal | Echeverría | Castillo | Serrano | Molina | Ferrer | Aguirre | Campos
        city: Madrid, ES | Barcelona, ES | Valencia, ES | Sevilla, ES | Bilbao, ES | Zaragoza, ES | Málaga, ES
        == Latin American
        share: 6
        speaks: Spanish
        writes: Spanish
        male: Santiago | Mateo | Emiliano | Facundo | Camilo | Esteban | Rodrigo | Hernán | Ulises | Julián | Wilmer | Nahuel
        female: Valentina | Ximena | Camila | Guadalupe | Paola | Yolanda | Renata | Milagros | Isidora | Fernanda | Marisol | Itzel
        family: Rodríguez | González | Hernández | Quispe | Mamani | Rojas | Cárdenas | Villanueva | Paredes | Zapata | Ramírez | Espinoza | Huamán | Benítez | Morales | Arroyo
        city: Ciudad de México, MX | Guadalajara, MX | Bogotá, CO | Medellín, CO | Lima, PE | Buenos Aires, AR | Santiago, CL | Quito, EC | Montevideo, UY
        == Brazilian
        share: 4
        speaks: Portuguese
        writes: English
        male: João | Gustavo | Thiago | Rafael | Caio | Vinícius | Edson | Leandro | Otávio | Murilo
        female: Larissa | Beatriz | Juliana | Fabiana | Luana | Aparecida | Thaís | Mariana | Débora | Yasmin
        family: Silva | Souza | Oliveira | Pereira | Carvalho | Ribeiro | Barbosa | Nascimento | Cardoso | Teixeira | Moura | Azevedo | Freitas | Prado
        city: São Paulo, BR | Recife, BR | Curitiba, BR | Salvador, BR | Porto Alegre, BR | Lisboa, PT | Porto, PT
        == Italian
        share: 4
        speaks: Italian
        writes: English
        male: Matteo | Lorenzo | Giacomo | Salvatore | Davide | Alessio | Enrico | Tommaso | Gennaro | Nicolò
        female: Giulia | Chiara | Francesca | Martina | Ilaria | Beatrice | Concetta | Silvia | Elisa | Ludovica
        family: Rossi | Ferrari | Esposito | Bianchi | Colombo | Ricci | Marino | De Luca | Conti | Lombardi | Barbieri | Fontana | Moretti | Caruso
        city: Milano, IT | Torino, IT | Napoli, IT | Bologna, IT | Palermo, IT | Trieste, IT
        == Dutch
        share: 3
        speaks: Dutch
        writes: English
        male: Daan | Sander | Jeroen | Bram | Pieter | Willem | Ruud | Thijs
        female: Sanne | Femke | Marijke | Anouk | Lotte | Wilhelmina | Eline | Roos
        family: de Jong | van Dijk | Bakker | Visser | van den Berg | Dekker | Mulder | Hendriks | Kuipers | van Leeuwen | Postma | Smit
        city: Amsterdam, NL | Rotterdam, NL | Utrecht, NL | Groningen, NL | Antwerpen, BE | Gent, BE
        == Nordic
        share: 3
        speaks: Swedish
        writes: English
        male: Erik | Lars | Mikkel | Oskar | Henrik | Anders | Jukka | Sindre | Aksel | Nils
        female: Astrid | Freja | Ingrid | Linnea | Solveig | Aino | Maja | Kirsten | Sigrid | Tuuli
        family: Andersson | Lindqvist | Nielsen | Hansen | Bergström | Virtanen | Korhonen | Solberg | Dahl | Nyström | Haugen | Mäkinen | Holm | Østergaard
        city: Stockholm, SE | Göteborg, SE | København, DK | Aarhus, DK | Oslo, NO | Bergen, NO | Helsinki, FI | Tampere, FI
        == Polish
        share: 3
        speaks: Polish
        writes: English
        male: Jakub | Piotr | Krzysztof | Wojciech | Tomasz | Łukasz | Stanisław | Marek | Szymon | Grzegorz
        female: Agnieszka | Katarzyna | Małgorzata | Zofia | Joanna | Wanda | Ewa | Justyna | Hanna | Bożena
        family: Nowak | <Kowalski/Kowalska> | <Wiśniewski/Wiśniewska> | Wójcik | <Kamiński/Kamińska> | <Zieliński/Zielińska> | Mazur | Pawlak | <Jabłoński/Jabłońska> | Dudek | Wróbel | <Górski/Górska>
        city: Warszawa, PL | Kraków, PL | Gdańsk, PL | Wrocław, PL | Poznań, PL | Łódź, PL
        == Ukrainian
        share: 2
        speaks: Ukrainian
        writes: English
        male: Andrii | Oleksandr | Taras | Bohdan | Mykola | Serhii | Dmytro | Yurii
        female: Oksana | Olena | Iryna | Natalia | Sofiia | Halyna | Daryna | Lesia
        family: Shevchenko | Kovalenko | Bondarenko | Tkachenko | Melnyk | <Savytskyi/Savytska> | Lysenko | Moroz | Hrytsenko | <Zelenskyi/Zelenska> | Koval | Pavliuk
        city: Kyiv, UA | Lviv, UA | Kharkiv, UA | Odesa, UA
        == Turkish
        share: 3
        speaks: Turkish
        writes: English
        male: Mehmet | Emre | Mustafa | Kerem | Hakan | Burak | Yusuf | Onur | Serkan | Deniz
        female: Ayşe | Elif | Zeynep | Defne | Gül | Selin | Hatice | Ebru | Nesrin | Aslı
        family: Yılmaz | Kaya | Demir | Şahin | Çelik | Aydın | Öztürk | Arslan | Doğan | Kılıç | Koç | Erdoğmuş
        city: İstanbul, TR | Ankara, TR | İzmir, TR | Bursa, TR
        == Arabic
        share: 4
        speaks: Arabic
        writes: English
        male: Ahmed | Omar | Khalid | Youssef | Tariq | Hassan | Karim | Bilal | Samir | Nabil
        female: Fatima | Layla | Aisha | Salma | Noura | Hanan | Mariam | Rania | Zainab | Samira
        family: Al-Masri | Haddad | El Fassi | Benali | Khoury | Al-Rashid | Mansour | Nasser | Bouzid | Saleh | Abdallah | Darwish | Hamdan | Tazi
        city: Cairo, EG | Casablanca, MA | Beirut, LB | Amman, JO | Tunis, TN | Dubai, AE | Alexandria, EG
        == Indian
        share: 7
        speaks: Hindi
        writes: English
        male: Arjun | Rahul | Vikram | Sanjay | Karthik | Imran | Rohan | Suresh | Aditya | Gurpreet | Anil | Harsh
        female: Priya | Ananya | Lakshmi | Deepa | Kavita | Meera | Sunita | Nisha | Aparna | Simran | Shreya | Farah
        family: Sharma | Patel | Iyer | Reddy | Singh | Banerjee | Nair | Gupta | Deshmukh | Khan | Chatterjee | Menon | Joshi | Rao | Kaur | Pillai
        city: Mumbai, IN | Bengaluru, IN | Delhi, IN | Chennai, IN | Kolkata, IN | Pune, IN | Hyderabad, IN
        == Chinese
        share: 5
        speaks: Mandarin
        writes: English
        male: Wei | Jun | Haoran | Ming | Zhiyuan | Lei | Yichen | Bo | Tao | Jianhua
        female: Li | Xiuying | Mei | Yuxi | Jing | Fang | Xinyi | Lan | Qian | Ruoxi
        family: Wang | Zhang | Liu | Chen | Yang | Zhao | Huang | Zhou | Wu | Xu | Sun | Guo | Lin | Tang
        city: Shanghai, CN | Beijing, CN | Shenzhen, CN | Chengdu, CN | Taipei, TW | Singapore, SG | Hong Kong, HK
        == Japanese
        share: 3
        speaks: Japanese
        writes: English
        male: Haruto | Kenji | Takumi | Hiroshi | Sota | Daichi | Ryo | Shinji
        female: Sakura | Yuki | Akiko | Hina | Naoko | Emi | Misaki | Keiko
        family: Sato | Suzuki | Takahashi | Tanaka | Watanabe | Ito | Yamamoto | Nakamura | Kobayashi | Kato | Yoshida | Hayashi
        city: Tokyo, JP | Osaka, JP | Kyoto, JP | Fukuoka, JP | Sapporo, JP
        == Korean and Vietnamese
        share: 2
        speaks: Korean
        writes: English
        male: Minjun | Jihoon | Seojun | Hyunwoo | Anh | Tuan | Duc | Quang
        female: Seoyeon | Jiwoo | Minji | Hyejin | Linh | Thuy | Ngoc | Mai
        family: Kim | Lee | Park | Choi | Jung | Nguyen | Tran | Le | Pham | Hoang
        city: Seoul, KR | Busan, KR | Hanoi, VN | Da Nang, VN
        == West African
        share: 4
        speaks: Yoruba
        writes: English
        male: Chinedu | Oluwaseun | Kwame | Kofi | Emeka | Tunde | Ibrahim | Femi | Babatunde | Yaw
        female: Ngozi | Adaeze | Amara | Folake | Ama | Efua | Chiamaka | Yetunde | Abena | Zainabu
        family: Okafor | Adeyemi | Mensah | Owusu | Balogun | Eze | Okonkwo | Asante | Afolabi | Nwosu | Boateng | Diallo | Ogunleye | Osei
        city: Lagos, NG | Abuja, NG | Accra, GH | Kumasi, GH | Dakar, SN | Ibadan, NG
        == Persian and East African
        share: 2
        speaks: Persian
        writes: English
        male: Reza | Dariush | Kaveh | Amir | Abebe | Dawit | Juma | Kamau
        female: Shirin | Parisa | Leila | Nasrin | Selam | Hiwot | Wanjiku | Asha
        family: Hosseini | Karimi | Rahimi | Tehrani | Tadesse | Bekele | Kariuki | Otieno | Mwangi | Jafari | Abdi | Njoroge
        city: Tehran, IR | Isfahan, IR | Addis Ababa, ET | Nairobi, KE | Mombasa, KE | Kampala, UG
        """
}
