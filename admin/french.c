/* french.c - what reports say, in French. A unit test holds it against the columns, the sentences and the page. */
#include "admin/language.h"
#include "admin/report_html.h"

#define NARROW_SPACE "\u202f" /* that no line ends at */

static const struct translation words[] = {
    /* reports */
    {"creators", "créateurs"},
    {"campaigns", "campagnes"},
    {"links", "liens"},
    {"codes", "codes promo"},
    {"orders", "commandes"},
    {"payouts", "versements"},
    {"timeline", "chronologie"},
    {"residual", "durée de vie"},
    {"sources", "provenances"},
    {"geo", "pays"},
    {"devices", "appareils"},
    {"quality", "qualité"},
    {"rule-change", "changement de règle"},
    /* columns */
    {"After", "Après"},
    {"After 28 d", "Après 28 j"},
    {"After 7 d", "Après 7 j"},
    {"Amount", "Montant"},
    {"App", "Appli"},
    {"Assists", "Assistances"},
    {"At", "Date"},
    {"Base", "Assiette"},
    {"Before", "Avant"},
    {"Brand", "Marque"},
    {"By", "Par preuve"},
    {"By 1 d", "À 1 j"},
    {"By 14 d", "À 14 j"},
    {"By 2 d", "À 2 j"},
    {"By 28 d", "À 28 j"},
    {"By 3 d", "À 3 j"},
    {"By 7 d", "À 7 j"},
    {"By 90 d", "À 90 j"},
    {"CTR", "Taux de clic"},
    {"CTR high", "Taux de clic, haut"},
    {"CTR low", "Taux de clic, bas"},
    {"Campaign", "Campagne"},
    {"Changed", "Modifié"},
    {"Channel", "Canal"},
    {"Class", "Classe"},
    {"Clicks", "Clics"},
    {"Code", "Code"},
    {"Comments", "Commentaires"},
    {"Conv. rate", "Taux de conv."},
    {"Conversions", "Conversions"},
    {"Conversions now", "Conversions actuelles"},
    {"Conversions then", "Conversions ensuite"},
    {"Cost", "Coût"},
    {"Count", "Nombre"},
    {"Country", "Pays"},
    {"Creator", "Créateur"},
    {"Creator's total", "Total du créateur"},
    {"Credited", "Crédité"},
    {"Currency", "Devise"},
    {"Device", "Appareil"},
    {"Differences", "Écarts"},
    {"Disabled", "Désactivé"},
    {"Discount", "Remise"},
    {"EPC", "Revenu par clic"},
    {"Engagement", "Engagement"},
    {"Evidence", "Preuves"},
    {"First conversions", "Conversions au départ"},
    {"First credited", "Crédité au départ"},
    {"First revenue", "Revenu au départ"},
    {"Followers", "Abonnés"},
    {"From", "Du"},
    {"Half-life h", "Demi-vie (h)"},
    {"Impressions", "Impressions"},
    {"Instead of", "Remplace"},
    {"Invalid", "Non valides"},
    {"Kind", "Type"},
    {"Leak since", "Fuite depuis"},
    {"Limit", "Limite"},
    {"Line", "Ligne"},
    {"Link id", "Identifiant"},
    {"Name", "Nom"},
    {"No click", "Sans clic"},
    {"No-click share", "Part sans clic"},
    {"Not valid", "Hors validité"},
    {"Of", "De"},
    {"Order", "Commande"},
    {"Order revenue", "Ventes brutes"},
    {"Orders", "Commandes"},
    {"Over limit", "Au-delà"},
    {"Owed", "Dû"},
    {"Per click", "Par clic"},
    {"Per result", "Par résultat"},
    {"Period", "Période"},
    {"Platform", "Plateforme"},
    {"Posts unknown", "Posts inconnus"},
    {"Published", "Publié"},
    {"ROAS", "ROAS"},
    {"Rate", "Taux"},
    {"Rate high", "Taux, haut"},
    {"Rate low", "Taux, bas"},
    {"Reason", "Raison"},
    {"Redeemed", "Utilisé"},
    {"Refunded", "Remboursé"},
    {"Refunds", "Remboursements"},
    {"Revenue", "Revenu"},
    {"Revenue now", "Revenu actuel"},
    {"Revenue then", "Revenu ensuite"},
    {"Share", "Part"},
    {"Share high", "Part, haut"},
    {"Share low", "Part, bas"},
    {"Since", "Depuis"},
    {"Source", "Provenance"},
    {"Start", "Début"},
    {"State", "État"},
    {"Status", "Statut"},
    {"System", "Système"},
    {"Target", "Cible"},
    {"Tier", "Palier"},
    {"Time zone", "Fuseau"},
    {"Type", "Type"},
    {"Unique", "Uniques"},
    {"Until", "Au"},
    /* around the table */
    {"Total", "Total"},
    {"all campaigns", "toutes les campagnes"},
    {"to", "au"},
    {"up to", "jusqu’au"},
    {"amounts in", "montants en"},
    {"Unattributed", "Non attribué"},
    {"How to read this", "Comment lire cette page"},
    {"Key figures", "Chiffres clés"},
    {"No rows.", "Aucune ligne."},
    {"Clicks over time", "Clics dans le temps"},
    {"at most", "au plus"},
    {"Clicks still to come", "Clics encore à venir"},
    {"days after publication", "jours après la publication"},
    {"the first 8 rows that have figures", "les 8 premières lignes chiffrées"},
    {REPORT_HTML_INTERVALS,
     "Entre parenthèses et en moustaches" NARROW_SPACE
     ": l’intervalle qui contient le vrai taux avec 95" NARROW_SPACE "% de confiance (Wilson)."},
    {REPORT_HTML_UNKNOWN,
     "Un tiret" NARROW_SPACE ": inconnu. L’inconnu n’est jamais compté comme zéro."},
    {NULL, NULL},
};

static const struct translation notes[] = {
    {"Posts without impressions: % % have some, so their CTR is unknown.",
     "Posts sans impressions" NARROW_SPACE ": % % en ont, leur taux de clic est donc inconnu."},
    {"The total CTR also counts the clicks of % % without a post in the range.",
     "Le taux de clic total compte aussi les clics de % % sans post dans la période."},
    {"Conversions credited by promo code alone, so to no link: %.",
     "Conversions créditées par le seul code promo, donc à aucun lien" NARROW_SPACE ": %."},
    {"Clicks were lost before they reached the store (% gaps, the last before %): the figures of "
     "those days are too low.",
     "Des clics ont été perdus avant d’être enregistrés (% interruptions, la dernière avant le "
     "%)" NARROW_SPACE ": les chiffres de ces jours sont trop bas."},
    {"The range does not limit these figures: they count all clicks from publication on.",
     "La période ne limite pas ces chiffres" NARROW_SPACE
     ": ils comptent tous les clics depuis la publication."},
    {"Codes that may have leaked to coupon sites: %; since leak_since their orders come without a "
     "click more often.",
     "Codes peut-être publiés sur des sites de bons de réduction" NARROW_SPACE ": %" NARROW_SPACE
     "; depuis leak_since, leurs commandes arrivent plus souvent sans clic."},
    {"Codes with fewer than % redemptions, too few to tell a leak: %.",
     "Codes utilisés moins de % fois, trop peu pour déceler une fuite" NARROW_SPACE ": %."},
    {"% orders: credited by click %, by code %, by both %, on mixed evidence %; unattributed %; "
     "cancelled or refunded %.",
     "% commandes" NARROW_SPACE
     ": créditées par clic %, par code %, par les deux %, sur preuves mêlées %" NARROW_SPACE
     "; non attribuées %" NARROW_SPACE "; annulées ou remboursées %."},
    {"Orders that an import says otherwise of: %; see their differences.",
     "Commandes qu’un import décrit autrement" NARROW_SPACE ": %" NARROW_SPACE
     "; voir leurs écarts."},
    {"Not approved yet: % of the orders are pending, and counted; one that is cancelled later is "
     "taken back then.",
     "Pas encore validées" NARROW_SPACE
     ": % des commandes sont en attente, et comptées" NARROW_SPACE
     "; une annulation ultérieure sera alors reprise."},
    {"Recorded late: % orders of days before the range came in within it. They belong to the "
     "payout of their own days: run that again.",
     "Enregistrées tard" NARROW_SPACE
     ": % commandes de jours antérieurs sont arrivées pendant la période. Elles appartiennent au "
     "versement de leurs propres jours" NARROW_SPACE ": relancez-le."},
    {"Without costs: % orders are credited to creators for whom no cost was entered.",
     "Sans coût" NARROW_SPACE ": % commandes sont créditées à des créateurs sans coût saisi."},
    {"The row without a source: clicks that did not say where they came from, as many apps, typed "
     "addresses and private windows do not.",
     "La ligne sans provenance" NARROW_SPACE
     ": les clics qui ne disent pas d’où ils viennent, comme ceux de beaucoup d’applis, d’adresses "
     "tapées et de fenêtres privées."},
    {"The row without a country: clicks from addresses whose country is unknown, which is each one "
     "while no geo.country is set.",
     "La ligne sans pays" NARROW_SPACE ": les clics d’adresses dont le pays est inconnu, "
     "c’est-à-dire tous tant que geo.country n’est pas réglé."},
    {"Rows without a device: clicks whose User-Agent does not tell it, those of bots and previews "
     "among them.",
     "Les lignes sans appareil" NARROW_SPACE
     ": les clics dont le User-Agent ne le dit pas, dont ceux des robots et des aperçus."},
    {"The counters count % clicks, and % are kept one by one: the rows are of those only, and "
     "shares are unknown.",
     "Les compteurs comptent % clics, et % sont gardés un à un" NARROW_SPACE
     ": les lignes ne portent que sur ceux-ci, et les parts sont inconnues."},
    {"Conversions credited by promo code alone, so in no row: %.",
     "Conversions créditées par le seul code promo, donc dans aucune ligne" NARROW_SPACE ": %."},
    {"Conversions credited on clicks that are not kept one by one, so in no row: %.",
     "Conversions créditées sur des clics qui ne sont pas gardés un à un, donc dans aucune "
     "ligne" NARROW_SPACE ": %."},
    {"Changed since the range ended, conversions and revenue: %.",
     "Modifiés depuis la fin de la période, conversions et revenu" NARROW_SPACE ": %."},
    {"Further rows that changed since the range ended: %.",
     "Autres lignes modifiées depuis la fin de la période" NARROW_SPACE ": %."},
    {"Orders that changed since the range ended: %; see what they were first.",
     "Commandes modifiées depuis la fin de la période" NARROW_SPACE ": %" NARROW_SPACE
     "; voir leur état de départ."},
    {"Nothing moves: each of the % orders stays whose it is.",
     "Rien ne change" NARROW_SPACE ": chacune des % commandes reste à qui elle est."},
    {"Of % orders, % are credited otherwise: what was reported of them changes.",
     "Sur % commandes, % sont créditées autrement" NARROW_SPACE
     ": ce qui en a été rapporté change."},
    {"The row without a creator: orders that nobody is credited for.",
     "La ligne sans créateur" NARROW_SPACE ": les commandes qui ne sont créditées à personne."},
    {"Orders that stay whose they are, on other evidence: %. They may move between links, and "
     "between the rates of click and code sales.",
     "Commandes qui restent à qui elles sont, sur d’autres preuves" NARROW_SPACE
     ": %. Elles peuvent passer d’un lien à l’autre, et du taux des ventes par clic à celui des "
     "ventes par code."},
    {NULL, NULL},
};

const struct language language_french = {.code = "fr",
                                         .decimal = ",",
                                         .group = NARROW_SPACE,
                                         .percent = NARROW_SPACE "%",
                                         .is_day_first = true,
                                         .words = words,
                                         .notes = notes};
