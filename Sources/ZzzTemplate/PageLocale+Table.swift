/// The languages and regions that are built in, from the Unicode Common Locale Data Repository, version 41.
extension PageLocale {
    /// All of them.
    public static let all: [PageLocale] = [
        english, britishEnglish, german, french, spanish, italian, dutch, brazilianPortuguese, swedish, danish,
        polish,
        russian, japanese, chinese,
    ]

    public static let english = PageLocale(
        tag: "en",
        numbers: NumberFormat(
            decimal: ".", group: ",", percent: "#%",
            currency: "¤#"),
        dates: DateFormats(
            short: "M/d/yy", medium: "MMM d, y", long: "MMMM d, y",
            full: "EEEE, MMMM d, y", time: "h:mm a", both: "{1}, {0}",
            months: "January|February|March|April|May|June|July|August|September|October|November|December",
            shortMonths: "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec",
            days: "Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday",
            shortDays: "Sun|Mon|Tue|Wed|Thu|Fri|Sat"),
        plurals: .one)

    public static let britishEnglish = PageLocale(
        tag: "en-GB",
        numbers: NumberFormat(
            decimal: ".", group: ",", percent: "#%",
            currency: "¤#"),
        dates: DateFormats(
            short: "dd/MM/y", medium: "d MMM y", long: "d MMMM y",
            full: "EEEE, d MMMM y", time: "HH:mm", both: "{1}, {0}",
            months: "January|February|March|April|May|June|July|August|September|October|November|December",
            shortMonths: "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept|Oct|Nov|Dec",
            days: "Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday",
            shortDays: "Sun|Mon|Tue|Wed|Thu|Fri|Sat"),
        plurals: .one)

    public static let german = PageLocale(
        tag: "de",
        numbers: NumberFormat(
            decimal: ",", group: ".", percent: "#\u{A0}%",
            currency: "#\u{A0}¤"),
        dates: DateFormats(
            short: "dd.MM.yy", medium: "dd.MM.y", long: "d. MMMM y",
            full: "EEEE, d. MMMM y", time: "HH:mm", both: "{1}, {0}",
            months: "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember",
            shortMonths: "Jan.|Feb.|März|Apr.|Mai|Juni|Juli|Aug.|Sept.|Okt.|Nov.|Dez.",
            days: "Sonntag|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag",
            shortDays: "So.|Mo.|Di.|Mi.|Do.|Fr.|Sa."),
        plurals: .one)

    public static let french = PageLocale(
        tag: "fr",
        numbers: NumberFormat(
            decimal: ",", group: "\u{202F}", percent: "#\u{A0}%",
            currency: "#\u{A0}¤"),
        dates: DateFormats(
            short: "dd/MM/y", medium: "d MMM y", long: "d MMMM y",
            full: "EEEE d MMMM y", time: "HH:mm", both: "{1}, {0}",
            months: "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
            shortMonths: "janv.|févr.|mars|avr.|mai|juin|juil.|août|sept.|oct.|nov.|déc.",
            days: "dimanche|lundi|mardi|mercredi|jeudi|vendredi|samedi",
            shortDays: "dim.|lun.|mar.|mer.|jeu.|ven.|sam."),
        plurals: .zeroAndOneOrMillions)

    public static let spanish = PageLocale(
        tag: "es",
        numbers: NumberFormat(
            decimal: ",", group: ".", leastGrouped: 10_000, percent: "#\u{A0}%",
            currency: "#\u{A0}¤"),
        dates: DateFormats(
            short: "d/M/yy", medium: "d MMM y", long: "d 'de' MMMM 'de' y",
            full: "EEEE, d 'de' MMMM 'de' y", time: "H:mm", both: "{1}, {0}",
            months: "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre",
            shortMonths: "ene|feb|mar|abr|may|jun|jul|ago|sept|oct|nov|dic",
            days: "domingo|lunes|martes|miércoles|jueves|viernes|sábado",
            shortDays: "dom|lun|mar|mié|jue|vie|sáb"),
        plurals: .oneOrMillions)

    public static let italian = PageLocale(
        tag: "it",
        numbers: NumberFormat(
            decimal: ",", group: ".", percent: "#%",
            currency: "#\u{A0}¤"),
        dates: DateFormats(
            short: "dd/MM/yy", medium: "d MMM y", long: "d MMMM y",
            full: "EEEE d MMMM y", time: "HH:mm", both: "{1}, {0}",
            months: "gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre",
            shortMonths: "gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic",
            days: "domenica|lunedì|martedì|mercoledì|giovedì|venerdì|sabato",
            shortDays: "dom|lun|mar|mer|gio|ven|sab"),
        plurals: .oneOrMillions)

    public static let dutch = PageLocale(
        tag: "nl",
        numbers: NumberFormat(
            decimal: ",", group: ".", percent: "#%",
            currency: "¤\u{A0}#"),
        dates: DateFormats(
            short: "dd-MM-y", medium: "d MMM y", long: "d MMMM y",
            full: "EEEE d MMMM y", time: "HH:mm", both: "{1} {0}",
            months: "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december",
            shortMonths: "jan.|feb.|mrt.|apr.|mei|jun.|jul.|aug.|sep.|okt.|nov.|dec.",
            days: "zondag|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag",
            shortDays: "zo|ma|di|wo|do|vr|za"),
        plurals: .one)

    public static let brazilianPortuguese = PageLocale(
        tag: "pt-BR",
        numbers: NumberFormat(
            decimal: ",", group: ".", percent: "#%",
            currency: "¤\u{A0}#"),
        dates: DateFormats(
            short: "dd/MM/y", medium: "d 'de' MMM 'de' y", long: "d 'de' MMMM 'de' y",
            full: "EEEE, d 'de' MMMM 'de' y", time: "HH:mm", both: "{1} {0}",
            months: "janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro",
            shortMonths: "jan.|fev.|mar.|abr.|mai.|jun.|jul.|ago.|set.|out.|nov.|dez.",
            days: "domingo|segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|sábado",
            shortDays: "dom.|seg.|ter.|qua.|qui.|sex.|sáb."),
        plurals: .zeroAndOneOrMillions)

    public static let swedish = PageLocale(
        tag: "sv",
        numbers: NumberFormat(
            decimal: ",", group: "\u{A0}", percent: "#\u{A0}%",
            currency: "#\u{A0}¤"),
        dates: DateFormats(
            short: "y-MM-dd", medium: "d MMM y", long: "d MMMM y",
            full: "EEEE d MMMM y", time: "HH:mm", both: "{1} {0}",
            months: "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december",
            shortMonths: "jan.|feb.|mars|apr.|maj|juni|juli|aug.|sep.|okt.|nov.|dec.",
            days: "söndag|måndag|tisdag|onsdag|torsdag|fredag|lördag",
            shortDays: "sön|mån|tis|ons|tors|fre|lör"),
        plurals: .one)

    public static let danish = PageLocale(
        tag: "da",
        numbers: NumberFormat(
            decimal: ",", group: ".", percent: "#\u{A0}%",
            currency: "#\u{A0}¤"),
        dates: DateFormats(
            short: "dd.MM.y", medium: "d. MMM y", long: "d. MMMM y",
            full: "EEEE 'den' d. MMMM y", time: "HH.mm", both: "{1} {0}",
            months: "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december",
            shortMonths: "jan.|feb.|mar.|apr.|maj|jun.|jul.|aug.|sep.|okt.|nov.|dec.",
            days: "søndag|mandag|tirsdag|onsdag|torsdag|fredag|lørdag",
            shortDays: "søn.|man.|tir.|ons.|tor.|fre.|lør."),
        plurals: .one)

    public static let polish = PageLocale(
        tag: "pl",
        numbers: NumberFormat(
            decimal: ",", group: "\u{A0}", leastGrouped: 10_000, percent: "#%",
            currency: "#\u{A0}¤"),
        dates: DateFormats(
            short: "d.MM.y", medium: "d MMM y", long: "d MMMM y",
            full: "EEEE, d MMMM y", time: "HH:mm", both: "{1}, {0}",
            months:
                "stycznia|lutego|marca|kwietnia|maja|czerwca|"
                + "lipca|sierpnia|września|października|listopada|grudnia",
            shortMonths: "sty|lut|mar|kwi|maj|cze|lip|sie|wrz|paź|lis|gru",
            days: "niedziela|poniedziałek|wtorek|środa|czwartek|piątek|sobota",
            shortDays: "niedz.|pon.|wt.|śr.|czw.|pt.|sob."),
        plurals: .polish)

    public static let russian = PageLocale(
        tag: "ru",
        numbers: NumberFormat(
            decimal: ",", group: "\u{A0}", percent: "#\u{A0}%",
            currency: "#\u{A0}¤"),
        dates: DateFormats(
            short: "dd.MM.y", medium: "d MMM y 'г'.", long: "d MMMM y 'г'.",
            full: "EEEE, d MMMM y 'г'.", time: "HH:mm", both: "{1}, {0}",
            months:
                "января|февраля|марта|апреля|мая|июня|"
                + "июля|августа|сентября|октября|ноября|декабря",
            shortMonths:
                "янв.|февр.|мар.|апр.|мая|июн.|"
                + "июл.|авг.|сент.|окт.|нояб.|дек.",
            days:
                "воскресенье|понедельник|вторник|среда|"
                + "четверг|пятница|суббота",
            shortDays: "вс|пн|вт|ср|чт|пт|сб"),
        plurals: .russian)

    public static let japanese = PageLocale(
        tag: "ja",
        numbers: NumberFormat(
            decimal: ".", group: ",", percent: "#%",
            currency: "¤#"),
        dates: DateFormats(
            short: "y/MM/dd", medium: "y/MM/dd", long: "y年M月d日",
            full: "y年M月d日EEEE", time: "H:mm", both: "{1} {0}",
            months: "1月|2月|3月|4月|5月|6月|7月|8月|9月|10月|11月|12月",
            shortMonths: "1月|2月|3月|4月|5月|6月|7月|8月|9月|10月|11月|12月",
            days: "日曜日|月曜日|火曜日|水曜日|木曜日|金曜日|土曜日",
            shortDays: "日|月|火|水|木|金|土"),
        plurals: .other)

    public static let chinese = PageLocale(
        tag: "zh",
        numbers: NumberFormat(
            decimal: ".", group: ",", percent: "#%",
            currency: "¤#"),
        dates: DateFormats(
            short: "y/M/d", medium: "y年M月d日", long: "y年M月d日",
            full: "y年M月d日EEEE", time: "HH:mm", both: "{1} {0}",
            months: "一月|二月|三月|四月|五月|六月|七月|八月|九月|十月|十一月|十二月",
            shortMonths: "1月|2月|3月|4月|5月|6月|7月|8月|9月|10月|11月|12月",
            days: "星期日|星期一|星期二|星期三|星期四|星期五|星期六",
            shortDays: "周日|周一|周二|周三|周四|周五|周六"),
        plurals: .other)
}
